import { lastValueFrom } from 'rxjs';
import { expect } from 'vitest';
import { readSnapshot } from '../../src/checkpoint/store.js';
import { learn, openRun } from '../../src/index.js';
import type { Strategy } from '../../src/strategies/strategy.js';

/** A run on a backbone that is stopped when an epoch (1-based) of a task (0-based) is over, and gone on with from its folder. */
export async function stopAndResume(
  { run, backbone, tasks }: { readonly run: string; readonly backbone: string; readonly tasks: Parameters<typeof learn>[0] },
  strategy: Strategy,
  at: { readonly task: number; readonly epoch: number },
): Promise<void> {
  const controller = new AbortController();
  const learning = learn(tasks, strategy, { run, backbone, signal: controller.signal }).forEach((event) => {
    if (event.type === 'epoch-ended' && event.task === at.task && event.epoch === at.epoch) controller.abort();
  });
  await expect(learning).rejects.toMatchObject({ code: 'interrupted' });
  strategy.dispose();
  const opened = await openRun(run);
  await lastValueFrom(opened.resume(tasks));
  opened.close();
}

/** All that a run has learned, as it is saved. */
export async function savedState(run: string) {
  const { state, arrays } = await readSnapshot(run);
  return { state, arrays };
}
