const marked = /^<!-- generated: (.+) -->\n[\s\S]*?^<!-- end generated -->$/gm;
const opening = /^<!-- generated: .+ -->$/gm;

/**
 * A page with new text between its markers, everything else as it was:
 *
 *     <!-- generated: NAME -->
 *     whatever `make(NAME)` returns
 *     <!-- end generated -->
 */
export function fill(page: string, make: (name: string) => string): string {
  const openings = page.match(opening)?.length ?? 0;
  let filled = 0;
  const text = page.replace(marked, (_, name: string) => {
    filled++;
    return `<!-- generated: ${name} -->\n${make(name)}\n<!-- end generated -->`;
  });
  if (filled !== openings) throw new Error("A '<!-- generated: ... -->' has no '<!-- end generated -->' behind it");
  return text;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cellOf).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A bar ends a cell even in code; `<` begins a tag everywhere else. */
function cellOf(text: string): string {
  const parts = text.replaceAll('|', '\\|').replaceAll('\n', ' ').split('`');
  return parts.map((part, index) => index % 2 === 0 ? part.replaceAll('<', '&lt;') : part).join('`');
}

/** As code, if there is anything. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
