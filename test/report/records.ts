import { runVersion } from '../../src/core/run-record.js';
import type { RunRecord, TaskRecord } from '../../src/core/run-record.js';
import type { Decision } from '../../src/core/decision.js';
import type { ExpertSummary } from '../../src/core/expert.js';
import type { Genotype } from '../../src/core/genotype.js';

export const genotype: Genotype = {
  normal: [
    ['sep_conv_3x3', 0],
    ['sep_conv_3x3', 1],
    ['skip_connect', 0],
    ['dil_conv_3x3', 2],
    ['avg_pool_3x3', 1],
    ['sep_conv_3x3', 3],
    ['max_pool_3x3', 0],
    ['skip_connect', 4],
  ],
  reduce: [
    ['max_pool_3x3', 0],
    ['dil_conv_3x3', 1],
    ['skip_connect', 2],
    ['sep_conv_3x3', 1],
    ['sep_conv_3x3', 0],
    ['dil_conv_3x3', 3],
    ['avg_pool_3x3', 2],
    ['sep_conv_3x3', 4],
  ],
  normalConcat: [2, 3, 4, 5],
  reduceConcat: [2, 3, 4, 5],
};

interface Design {
  readonly decision: Decision | null;
  readonly expert: string;
  readonly divergence: readonly number[];
}

/** A run record as the learner writes it, from one design per task and an accuracy matrix. */
export function recordOf(designs: readonly Design[], accuracy: RunRecord['accuracy'], change: Partial<RunRecord> = {}): RunRecord {
  const added = new Set<string>();
  const tasks = designs.map((design, t): TaskRecord => {
    const fresh = !added.has(design.expert);
    added.add(design.expert);
    return {
      id: `t${t}`,
      index: t,
      name: `digits ${2 * t} and ${2 * t + 1}`,
      classes: [2 * t, 2 * t + 1],
      input: { domain: 'image', shape: [28, 28, 1], dtype: 'float32' },
      normalization: { mean: [0.1307], std: [0.3081] },
      train: 1800,
      validation: 200,
      test: 1000,
      expert: design.expert,
      decision: design.decision,
      divergence: [...design.divergence],
      addedParameters: fresh ? 12_410 : 66,
      headParameters: 66,
      epochs: 5,
      seconds: 12.5 + t,
      calibration: { ece: 0.01, nll: 0.05, brier: 0.02 },
      classRecall: null,
    };
  });
  const experts = [...added].map((id): ExpertSummary => {
    const members = tasks.filter((task) => task.expert === id);
    const first = members[0]?.decision;
    return {
      id,
      tasks: members.map((task) => task.id),
      on: null,
      architecture: { kind: 'cells', genotype, channels: 8, cells: 4 },
      architectureFrom: first?.kind === 'reuse-architecture' ? first.from : 'searched',
      parameters: 12_344,
      bytes: 51_200,
      macs: 1_234_567,
    };
  });
  return {
    version: runVersion,
    created: '2024-05-01T10:00:00.000Z',
    status: 'complete',
    seconds: tasks.reduce((total, task) => total + task.seconds, 0),
    stream: { name: 'split-mnist', fingerprint: 'f00dcafe', tasks: tasks.length, manifest: null, source: null },
    strategy: { name: 'par', options: { epochs: 5, regularizeThreshold: 0.5 } },
    seed: 0,
    limit: null,
    features: { asked: 'pixels', used: { image: { name: 'pixels', sha256: null, size: 196, normalization: null } }, standardize: true },
    environment: { lifelong: '0.1.0', node: '20.19.0', backend: 'tensorflow 2.15.1', threads: '2' },
    tasks,
    experts: experts as RunRecord['experts'],
    accuracy,
    peakRssBytes: 512_000_000,
    state: {},
    files: {
      'experts/e0': { path: 'experts/e0-00000000.safetensors', sha256: '00', bytes: 51_400 },
      'progress/train': { path: 'progress/train-00000000.safetensors', sha256: '00', bytes: 99_999 },
      'heads/0': { path: 'heads/0-00000000.safetensors', sha256: '00', bytes: 600 },
    },
    failure: null,
    ...change,
  };
}

const first: Decision = {
  kind: 'search',
  divergences: {},
  noiseFloor: 0.02,
  threshold: null,
  reason: 'the first task: no expert is there to compare with',
};

/** The matrix RA of hand-computed examples. */
export const matrixA = [
  [0.9, 0.1, 0.2],
  [0.95, 0.8, 0.3],
  [0.7, 0.5, 0.9],
];

/** Three tasks, one of each kind of decision. */
export function threeTasks(change: Partial<RunRecord> = {}): RunRecord {
  return recordOf(
    [
      { decision: first, expert: 'e0', divergence: [] },
      {
        decision: {
          kind: 'reuse-architecture',
          from: 'e0',
          nearest: 't0',
          divergence: 0.56,
          divergences: { e0: 0.56 },
          noiseFloor: 0.03,
          threshold: 0.75,
          reason: 'divergence 0.560 from e0 is above 0.5 and at most 0.75: a new expert with the architecture of e0',
        },
        expert: 'e1',
        divergence: [0.56],
      },
      {
        decision: {
          kind: 'regularize',
          mode: 'distil',
          expert: 'e0',
          nearest: 't0',
          divergence: 0.31,
          divergences: { e0: 0.31, e1: 0.87 },
          noiseFloor: 0.01,
          threshold: 0.5,
          reason: 'divergence 0.310 from e0 is at most 0.5: join e0',
        },
        expert: 'e0',
        divergence: [0.31, 0.87],
      },
    ],
    [
      [0.99, null, null],
      [0.99, 0.98, null],
      [0.95, 0.98, 0.97],
    ],
    change,
  );
}

/** One task: most metrics are not defined. */
export function oneTask(change: Partial<RunRecord> = {}): RunRecord {
  return recordOf([{ decision: first, expert: 'e0', divergence: [] }], [[0.99]], change);
}

/** Many tasks, three to an expert: the first searched, the second and third distilled into it. */
export function manyTasks(count: number, change: Partial<RunRecord> = {}): RunRecord {
  const designs = Array.from({ length: count }, (_, t): Design => {
    const expert = `e${Math.floor(t / 3)}`;
    const divergence = Array.from({ length: t }, (_, i) =>
      Math.floor(i / 3) === Math.floor(t / 3) ? 0.3 + 0.01 * (t - i) : 0.8 + (0.15 * i) / count,
    );
    if (t % 3 === 0) {
      const reason = t === 0 ? first.reason : 'divergence 0.800 from e0 is above 0.75: a searched architecture';
      return {
        expert,
        divergence,
        decision:
          t === 0
            ? first
            : { kind: 'search', nearest: 't0', divergence: 0.8, divergences: { e0: 0.8 }, noiseFloor: 0.02, threshold: 0.75, reason },
      };
    }
    return {
      expert,
      divergence,
      decision: {
        kind: 'regularize',
        mode: t % 3 === 1 ? 'distil' : 'head-only',
        expert,
        nearest: `t${t - 1}`,
        divergence: 0.31,
        divergences: { e0: 0.81, [expert]: 0.31 },
        noiseFloor: 0.02,
        threshold: 0.5,
        reason: `divergence 0.310 from ${expert} is at most 0.5: join ${expert}`,
      },
    };
  });
  const accuracy = designs.map((_, i) => designs.map((_, j) => (j > i ? null : 0.99 - 0.001 * (i - j) - 0.002 * (j % 7))));
  return recordOf(designs, accuracy, change);
}
