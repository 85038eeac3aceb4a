import { visibleText } from '../../lib/visible-text.ts';

/** A column: its heading, and whether it holds numbers, which stand at the right. */
export interface Column {
  readonly head: string;
  readonly isNumber?: boolean;
  /** Longer cells are cut. */
  readonly charsMax?: number;
}

const GAP = '  ';
const CELL_CHARS_MAX = 60;

/** Lines with columns below headings. Cells are made safe to look at. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const cells = rows.map((row) =>
    row.map((cell, at) => visibleText(cell, columns[at]?.charsMax ?? CELL_CHARS_MAX)),
  );
  const all = [columns.map(({ head }) => head), ...cells];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)));
  return all.map((row) =>
    columns
      .map(({ isNumber = false }, at) => {
        const [cell = '', width = 0] = [row[at], widths[at]];
        return isNumber ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd(),
  );
}
