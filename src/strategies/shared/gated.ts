import { prototypes } from '../../difficulty/prototypes.js';
import { taskNamed } from '../../experts/memory.js';
import { gateFinder, learnedGate } from '../gates/kept-gate.js';
import type { GateOptions } from '../gates/options.js';
import { taskFeatures } from '../gates/task-features.js';
import { keepPrototypes, keptPrototypes } from './kept-prototypes.js';
import type { Method } from './method.js';

/** What a method has more where its inputs may come without their task; nothing under the gate `oracle`. */
export function gated({ gate, gateExamples }: GateOptions): Pick<Method, 'keep' | 'prototypes' | 'taskFinder'> {
  if (gate === 'oracle') return {};
  return {
    async keep({ task, features: extractor, seed, memory }) {
      const known = await taskFeatures(task, extractor, seed, gateExamples);
      return {
        ...keepPrototypes(task, prototypes(known.features, known.labels, task.classes.length)),
        ...(gate === 'learned' && learnedGate(memory, task, known, extractor, seed)),
      };
    },
    prototypes: (memory, { id }) => keptPrototypes(memory, taskNamed(memory, id).ref),
    taskFinder: (memory, candidates) => gateFinder(memory, candidates, gate),
  };
}
