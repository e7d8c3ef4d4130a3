/* Echo and unique ids in C, with the smallest parser that does: cc ids.c -o ids; ids [same] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char me[64], source[64];

/* Copy the text after "key":" up to the next quotation mark. */
static void text_of(const char *line, const char *key, char *into, size_t size) {
  char pattern[64];
  snprintf(pattern, sizeof pattern, "\"%s\":\"", key);
  const char *found = strstr(line, pattern);
  size_t n = 0;
  if (found)
    for (found += strlen(pattern); *found && *found != '"' && n + 1 < size; found++) into[n++] = *found;
  into[n] = 0;
}

int main(int count, char **arguments) {
  static char line[1 << 16], type[64];
  long made = 0;
  while (fgets(line, sizeof line, stdin)) {
    const char *id = strstr(line, "\"msg_id\":");
    long number = id ? atol(id + 9) : 0;
    text_of(line, "type", type, sizeof type);
    text_of(line, "src", source, sizeof source);
    if (!strcmp(type, "init")) text_of(line, "node_id", me, sizeof me);
    printf("{\"src\": \"%s\", \"dest\": \"%s\", \"body\": {\"type\": \"%s_ok\", \"in_reply_to\": %ld", me, source, type, number);
    if (!strcmp(type, "generate")) printf(", \"id\": \"%s-%ld\"", count > 1 ? "x" : me, made++ / (count > 1 ? 3 : 1));
    printf("}}\n");
    fflush(stdout);
  }
  return 0;
}
