import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests that hold something to a time. Whatever runs beside them would be counted too, so nothing does. */
const timed = [
  'test/bench/**/*.test.ts',
  'test/cli/interrupt.test.ts',
  'test/data/images/image-folder.test.ts',
  'test/resume/command-line.test.ts',
  'test/setup/setup.test.ts',
];

/** Proofs that take a minute each: `npm run test:proofs`, and in CI. */
const proofs = ['test/proof/**/*.test.ts', 'test/resume/many-tasks.test.ts'];

const [first, then, last] = [0, 1, 2];

export default defineConfig(({ mode }) => ({
  test: {
    env: { TEST_MODE: (process.env['TEST_MODE'] ??= mode) }, // projects ask again, with a mode of their own whatever --mode says
    pool: 'forks',
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'side by side',
          include: ['test/**/*.test.ts'],
          exclude: [...timed, ...proofs],
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: first },
        },
      },
      { extends: true, test: { name: 'proofs', include: proofs, sequence: { groupOrder: last } } },
      { extends: true, test: { name: 'timed', include: timed, maxWorkers: 1, sequence: { groupOrder: then } } },
    ],
  },
}));
