import { map, type Observable } from 'rxjs';

/** Adds one column to what flows; the columns before it stay as they are. */
export type Column<Before, After> = <Batch extends Before>(
  source: Observable<Batch>,
) => Observable<Batch & After>;

/**
 * Hangs a step of plain TypeScript on the stream. A step gets a batch and returns it with one
 * column more, so two steps in the wrong order do not compile.
 *
 * @example batches$.pipe(through(decode), through(sort))
 */
export function through<Before, After extends Before>(
  step: (batch: Before) => After,
): Column<Before, After> {
  return <Batch extends Before>(source: Observable<Batch>) =>
    source.pipe(map((batch) => step(batch) as Batch & After));
}
