import { z } from 'zod';
import { LifelongError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { taskRecordSchema } from '../../core/run-record.js';
import type { TaskOutcome } from '../strategy.js';

const ref = taskRecordSchema.pick({ id: true, index: true, name: true, classes: true, inputShape: true, normalization: true });
const object = (value: unknown) => typeof value === 'object' && value !== null;

/** The JSON part of a snapshot of a strategy with fixed networks. */
const sharedStateSchema = z.strictObject({
  strategy: z.string(),
  experts: z.array(
    z.strictObject({ id: z.string(), inputShape: z.array(z.int().positive()), tasks: z.array(z.string()), revision: z.int() }),
  ),
  tasks: z.array(z.strictObject({ ref, expert: z.string() })),
  progress: z
    .strictObject({
      task: z.string(),
      round: z.int(),
      before: z.int(),
      /** Read by the training itself; numbers in it may be infinite. */
      fit: z.custom<JsonObject>(object).nullable(),
      outcome: z.custom<TaskOutcome>(object).nullable(),
    })
    .nullable(),
});
export type SharedState = z.infer<typeof sharedStateSchema>;

/** @throws LifelongError `run-corrupt` for the state of another strategy, or for one that is not as expected, naming what is not */
export function readSharedState(strategy: string, state: JsonObject): SharedState {
  const { data, error } = sharedStateSchema.safeParse(state);
  if (data?.strategy === strategy) return data;
  const [issue] = error?.issues ?? [];
  const found = data ? `one of ${data.strategy}` : `${issue?.path.join('.') || 'state'}: ${issue?.message ?? 'invalid'}`;
  throw new LifelongError(
    'run-corrupt',
    `${strategy}: a state of its own expected, found ${found}`,
    'it was saved by another strategy, or by a version of lifelong that keeps it in another form',
  );
}
