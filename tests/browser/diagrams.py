"""Finding text in a diagram that overlaps other text or leaves the picture, by the browser's own measures."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

# A text's box is turned with it; of its height only the part where letters stand counts.
# Text with a stroke is a halo.
_MEASURE = """() => {
    const svg = document.querySelector('svg'), paper = svg.getBoundingClientRect();
    const corners = text => {
        const box = text.getBBox(), matrix = text.getScreenCTM();
        const top = box.y + 0.2 * box.height, bottom = box.y + 0.82 * box.height;
        return [[box.x, top], [box.x + box.width, top], [box.x + box.width, bottom], [box.x, bottom]]
            .map(([x, y]) => new DOMPoint(x, y).matrixTransform(matrix)).map(p => [p.x, p.y]);
    };
    const texts = [...svg.querySelectorAll('text:not([stroke])')].filter(text => text.textContent.trim())
        .map(text => ({words: text.textContent.trim(), quad: corners(text)}));
    const span = (quad, [x, y]) => {
        const along = quad.map(([a, b]) => a * x + b * y);
        return [Math.min(...along), Math.max(...along)];
    };
    const axes = quad => [[0, 1], [1, 2]].map(([i, j]) => {
        const x = quad[j][0] - quad[i][0], y = quad[j][1] - quad[i][1], size = Math.hypot(x, y) || 1;
        return [x / size, y / size];
    });
    const overlap = (one, two) => Math.min(...[...axes(one), ...axes(two)].map(axis => {
        const [a, b] = span(one, axis), [c, d] = span(two, axis);
        return Math.min(b, d) - Math.max(a, c);
    }));
    const found = [];
    texts.forEach((text, index) => {
        const outside = text.quad.some(([x, y]) =>
            x < paper.left - 0.5 || x > paper.right + 0.5 || y < paper.top - 0.5 || y > paper.bottom + 0.5);
        if (outside) found.push(`cut off: ${text.words}`);
        texts.slice(index + 1).forEach(other => {
            if (overlap(text.quad, other.quad) > 1) found.push(`overlap: ${text.words} | ${other.words}`);
        });
    });
    return found;
}"""


def text_faults(page: Page, svg: str) -> list[str]:
    """Texts of the diagram that overlap each other by more than 1 px or are cut off at its edge."""
    page.set_content(f"<body style='margin:0'>{svg}</body>")
    found: list[str] = page.evaluate(_MEASURE)
    return found


def wide_page(browser: Browser) -> Page:
    """A page on which no diagram is scaled."""
    return browser.new_page(viewport={"width": 1600, "height": 1200})
