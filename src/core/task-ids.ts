import { composed } from './composed.js';
import { LifelongError, type ErrorCode } from './errors.js';
import { refuseReservedKeys } from './reserved-keys.js';

/**
 * Checks ids of tasks as they come: any text in Unicode, each once; two forms of one text are one id.
 *
 * @returns a function to call with every id and where it is, which throws LifelongError of this code for one that will not do
 */
export function idChecker(code: ErrorCode): (id: string, where: string) => void {
  const seen = new Set<string>();
  return (id, where) => {
    refuseReservedKeys([id], `id of ${where}`, code);
    if (/\p{Surrogate}/u.test(id)) throw new LifelongError(code, `id of ${where}: text in Unicode expected, found ${JSON.stringify(id)}`);
    const key = composed(id);
    if (seen.has(key)) {
      throw new LifelongError(
        code,
        `task id "${id}" is used twice (${where})`,
        'give every task an id of its own, one that comes again too',
      );
    }
    seen.add(key);
  };
}

/** The task of this id, in any Unicode form: a keyboard and a file may have different ones. */
export const taskOf = <Known extends { readonly id: string }>(tasks: readonly Known[], id: string | undefined): Known | undefined =>
  tasks.find((task) => id !== undefined && composed(task.id) === composed(id));
