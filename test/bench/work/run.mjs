// A whole run of PAR, search and evaluation included, without a run folder. Answers with the accuracies and decisions.
import { lastValueFrom, tap } from 'rxjs';
import { learn, loadStream, par } from '../../../dist/index.js';

const run =
  (engine) =>
  async ({ tasks }) => {
    const stream = await loadStream('split-mnist');
    return async () => {
      const strategy = par({ ...stream.defaults, engine });
      const seen = [];
      const note = (event) => {
        if (event.type === 'task-evaluated') seen.push(event.accuracy);
        if (event.type === 'decision-made') seen.push(event.decision.kind);
      };
      await lastValueFrom(learn(stream, strategy, { tasks }).pipe(tap(note)));
      strategy.dispose();
      return seen;
    };
  };

export const compiled = run('auto');
export const eager = run('eager');
