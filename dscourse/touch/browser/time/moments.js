// The course of a run: the state of every node at any moment, and what may have led to what. Pure, tested under node.
// @ts-check

/**
 * @typedef {{index: number, kind: string, node: string, ms: number, text: string, message: number}} Moment an event
 * @typedef {{first: number, last: number, ms: number, text: string}} Step the events from first to before last
 * @typedef {{status: string, doing: string, disk: string, fields: Record<string, string>}} NodeState
 * @typedef {{status?: string, doing?: string, disk?: string, fields?: Record<string, string | null>}} Change
 * @typedef {{step: number, node: NodeState}} Version the state of a node from a step on, -1 from the beginning
 * @typedef {{events: Moment[], steps: Step[], changes: Map<number, Map<string, Change>>, versions: Map<string, Version[]>,
 *   causes: number[][], fixed: Record<string, Record<string, string>>, whole: boolean, note: string}} Course `causes` and
 *   all positions are those within `events`; `fixed` are the fields of each node that never change
 * @typedef {{past: Set<number>, future: Set<number>}} Cone
 */

/** Read what Python sends. @param {any} data @returns {Course} */
export function readCourse(data) {
  const events = (data.events ?? []).map((/** @type {any[]} */ [index, kind, node, ms, text, message]) =>
    ({ index, kind, node, ms, text, message }));
  const changes = new Map();
  const versions = new Map(Object.entries(data.base ?? {}).map(([name, node]) => [name, [{ step: -1, node }]]));
  for (const [step, node, change] of data.changes ?? []) {
    if (!changes.has(step)) changes.set(step, new Map());
    changes.get(step).set(node, change);
    const known = versions.get(node) ?? [];
    known.push({ step, node: changed(known[known.length - 1].node, change) });
  }
  const steps = (data.steps ?? []).map((/** @type {any[]} */ [first, last, ms, text]) => ({ first, last, ms, text }));
  return { events, steps, changes, versions, causes: directCauses(events),
    fixed: data.fixed ?? {}, whole: data.whole ?? true, note: data.note ?? "" };
}

/** A node after a change; it shares with the node before what stays the same. @param {NodeState} node @param {Change} change
 * @returns {NodeState} */
function changed(node, { fields, ...rest }) {
  if (!fields) return { ...node, ...rest };
  const merged = Object.entries({ ...node.fields, ...fields }).filter(([, value]) => value !== null);
  return { ...node, ...rest, fields: /** @type {Record<string, string>} */ (Object.fromEntries(merged)) };
}

/** An event follows the one before it at its node, and a delivery its sending. @param {Moment[]} events */
function directCauses(events) {
  const last = new Map();
  const sent = new Map();
  return events.map((event, position) => {
    const causes = last.has(event.node) ? [last.get(event.node)] : [];
    if (event.kind === "send") sent.set(event.message, position);
    if (event.kind === "deliver" && sent.has(event.message)) causes.push(sent.get(event.message));
    last.set(event.node, position);
    return causes;
  });
}

/** The causal past and future of an event, itself included. @param {Course} course @param {number} position @returns {Cone} */
export function coneOf(course, position) {
  const past = new Set([position]);
  const todo = [position];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    for (const cause of course.causes[next]) {
      if (!past.has(cause)) {
        past.add(cause);
        todo.push(cause);
      }
    }
  }
  const future = new Set([position]);
  course.causes.forEach((causes, later) => {
    if (causes.some((cause) => future.has(cause))) future.add(later);
  });
  return { past, future };
}

/** @param {number} position @param {number} chosen @param {Cone} cone @returns {"chosen" | "past" | "future" | "concurrent"} */
export function causalStanding(position, chosen, cone) {
  if (position === chosen) return "chosen";
  if (cone.past.has(position)) return "past";
  return cone.future.has(position) ? "future" : "concurrent";
}

/** How many of `length` entries come before a point; those that do stand first. @param {number} length
 * @param {(at: number) => boolean} isBefore */
function countBefore(length, isBefore) {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The number of the last step that is done at a time; -1 before the first. @param {Course} course @param {number} ms */
export function stepAt({ steps }, ms) {
  return countBefore(steps.length, (at) => steps[at].ms <= ms) - 1;
}

/** The number of the step to which the event with this index of the trace belongs; -1 if it is not known.
 * @param {Course} course @param {number} index */
export function stepOf({ steps }, index) {
  const step = countBefore(steps.length, (at) => steps[at].first <= index) - 1;
  return step >= 0 && index < steps[step].last ? step : -1;
}

/** A node after a step; before the first for -1. @param {Version[]} versions of the node @param {number} step */
function versionAt(versions, step) {
  return versions[Math.max(0, countBefore(versions.length, (at) => versions[at].step <= step) - 1)].node;
}

/** Every node after a step; before the first for -1. @param {Course} course @param {number} step */
export function nodesAt(course, step) {
  /** @type {Record<string, NodeState>} */
  const nodes = {};
  for (const [name, versions] of course.versions) nodes[name] = versionAt(versions, step);
  return nodes;
}

/** The events of a step, by their positions. @param {Course} course @param {number} step */
export function eventsOf({ events, steps }, step) {
  const { first, last } = steps[step];
  const [begin, end] = [first, last].map((index) => countBefore(events.length, (at) => events[at].index < index));
  return Array.from({ length: end - begin }, (_, at) => begin + at);
}

/** A step in words: its first events, or the fault or loss that it is. @param {Course} course @param {number} step @param {number} most */
export function wordsOf(course, step, most = 3) {
  if (step < 0) return "before the first event";
  const told = eventsOf(course, step).map((position) => course.events[position].text);
  const texts = told.length ? told : [course.steps[step].text];
  const more = texts.length > most ? `; and ${texts.length - most} more` : "";
  return texts.slice(0, most).join("; ") + more;
}

/** What is new in one node after a step, as [what, before, after]; "" is whether it is up. @param {Course} course @param {number} step
 * @param {string} name @returns {[string, string, string][]} */
export function newsOf(course, step, name) {
  const change = course.changes.get(step)?.get(name);
  if (!change) return [];
  const before = versionAt(course.versions.get(name) ?? [], step - 1);
  /** @type {[string, string, string][]} */
  const news = [];
  if (change.status !== undefined) news.push(["", before.status || "up", change.status || "up"]);
  const kept = change.status !== "down" && before.status !== "down"; // a crash and a restart are news enough
  if (change.doing !== undefined) news.push(["under way", before.doing || "nothing", change.doing || "nothing"]);
  if (change.disk !== undefined) news.push(["on disk", before.disk || "nothing", change.disk || "nothing"]);
  for (const [field, value] of Object.entries((kept && change.fields) || {})) {
    news.push([field, before.fields[field] ?? "–", value ?? "gone"]);
  }
  return news;
}

/** News in words, for the status line. @param {[string, string, string][]} news */
export function newsInWords(news) {
  return news.map(([what, before, after]) => `${what ? `${what}: ` : ""}${after} (was ${before})`).join("; ");
}

/**
 * How far along its arrow a message is, from 0 to 1, when `step` is done and it is `ms`; null if it is not under way.
 * @param {Course} course @param {number} step @param {number} ms
 * @param {{sent: number, end: number | null, sent_ms: number, end_ms: number | null}} arrow
 */
export function progressOf(course, step, ms, arrow) {
  const done = step < 0 ? course.steps[0]?.first ?? 0 : course.steps[step].last;
  if (arrow.sent >= done || arrow.end_ms === null) return null;
  const ended = arrow.end !== null ? arrow.end < done : arrow.end_ms <= ms;
  if (ended) return null;
  const long = arrow.end_ms - arrow.sent_ms;
  return long > 0 ? Math.min(1, Math.max(0, (ms - arrow.sent_ms) / long)) : 0;
}
