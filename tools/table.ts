/** A table in Markdown, its columns padded as the formatter pads them. */
export function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first, ...rest] = all.map(line);
  return [first, line(widths.map((width) => '-'.repeat(width))), ...rest, ''].join('\n');
}
