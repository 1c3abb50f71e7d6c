// What somebody writes who has installed the package. It is compiled and run in a project of its own, not here.
import {
  LifelongError,
  finetune,
  learn,
  loadStream,
  openRun,
  par,
  readReport,
  type LearnEvent,
  type Report,
  type RunRecord,
  type Strategy,
  type TaskNetwork,
  type TaskStream,
  type UserTask,
} from 'lifelong';

/** Two classes of points that differ in one coordinate. */
function points(axis: number, count: number): UserTask['train'] {
  const labels = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 'low' : 'high'));
  const inputs = new Float32Array(count * 4);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < 4; j++) inputs[4 * i + j] = 0.1 * (((i * 7 + j * 5) % 11) / 11) + (j === axis && i % 2 === 1 ? 1 : 0);
  }
  return { inputs, labels };
}

const tasks: readonly UserTask[] = [0, 1].map((axis) => ({
  id: `axis-${axis}`,
  inputShape: [4],
  train: points(axis, 40),
  test: points(axis, 10),
}));

function learned(source: TaskStream | readonly UserTask[], strategy: Strategy, run: string): Promise<LearnEvent[]> {
  return new Promise((resolve, reject) => {
    const events: LearnEvent[] = [];
    learn(source, strategy, { run, seed: 0 }).subscribe({
      next: (event) => events.push(event),
      error: reject,
      complete: () => resolve(events),
    });
  });
}

/** Weights of the network that answers for a task, by name: what a strategy of one's own can be asked too. */
function weightNames(strategy: Strategy, { tasks: [task] }: RunRecord): readonly string[] {
  const network: TaskNetwork | undefined = task && strategy.taskNetwork?.(task);
  return network?.network.declaration.parameters.weights.map(({ name }) => name) ?? [];
}

const shared = { channels: 4, cells: 2, epochs: 10, batchSize: 8 };
for (const strategy of [par({ ...shared, samples: 2 }), finetune(shared)]) {
  const events = await learned(tasks, strategy, strategy.name);
  const decisions = events.flatMap((event) => (event.type === 'decision-made' ? [event.decision.kind] : []));
  const run = await openRun(strategy.name);
  const [prediction] = await run.predict(Float32Array.of(0, 1, 0, 0), { task: 'axis-1' });
  const report: Report = await readReport(strategy.name);
  console.log(
    JSON.stringify({
      strategy: strategy.name,
      decisions,
      class: prediction?.class,
      accuracy: report.metrics.averageAccuracy.value,
      forgetting: report.metrics.averageForgetting.value,
      experts: run.experts().length,
      weights: weightNames(strategy, run.record).length,
    }),
  );
  run.close();
}

try {
  await loadStream('split-mnits');
} catch (error) {
  console.log(error instanceof LifelongError ? `${error.code}: ${error.message}` : 'another error');
}
