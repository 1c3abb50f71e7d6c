import { spawnSync } from 'node:child_process';
import { Job } from 'kubernetes-models/batch/v1';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { printKubernetes } from '../../src/grid/print-kubernetes.js';
import { printSlurm } from '../../src/grid/print-slurm.js';
import { needing } from '../support/needing.js';

const job = { name: 'Big_study', file: "grids/it's.yaml", out: 'checkpoints/big study', count: 24, threads: 2 };
const has = (program: string) => ({ what: program, there: spawnSync(program, ['--version']).error === undefined });

describe('job files', () => {
  it('of Kubernetes pass the checks of its own schema, and have an index for each run', () => {
    const spec = parse(printKubernetes(job)) as ConstructorParameters<typeof Job>[0];
    new Job(spec).validate();
    expect(spec?.metadata?.name).toBe('lifelong-big-study');
    expect(spec?.spec).toMatchObject({ completionMode: 'Indexed', completions: 24 });
    const [container] = spec?.spec?.template.spec?.containers ?? [];
    expect(container?.command).toEqual([
      ...['npx', 'lifelong', 'grid', "grids/it's.yaml", '--out', 'checkpoints/big study'],
      ...['--only', '$(JOB_COMPLETION_INDEX)', '--threads', '2'],
    ]);
  });

  it('of Kubernetes that are wrong do not pass', () => {
    const wrong = parse(printKubernetes(job).replace('completions: 24', 'completions: many')) as ConstructorParameters<typeof Job>[0];
    expect(() => {
      new Job(wrong).validate();
    }).toThrow();
  });

  needing(has('bash')).it(
    'of Slurm are shell scripts, with a task for each run; one that is asked to make room saves and queues itself again',
    () => {
      const script = printSlurm(job);
      expect(spawnSync('bash', ['-n'], { input: script })).toMatchObject({ status: 0 });
      expect(script).toContain('#SBATCH --array=0-23\n');
      // npx and scontrol stand in for what only a cluster has: the first says how it was called and waits to be stopped
      const around = `npx() { printf '<%s>' "$@"; trap 'echo saved; exit 130' TERM; sleep 30 > /dev/null 2>&1 & wait $!; }\nscontrol() { echo "scontrol $*"; }\n`;
      const { stdout, status } = spawnSync('bash', ['-c', `${around}(sleep 1; kill -TERM $$) & ${script}`], {
        encoding: 'utf8',
        env: { ...process.env, SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_JOB_ID: '99' },
      });
      expect(stdout).toContain("<lifelong><grid><grids/it's.yaml><--out><checkpoints/big study><--only><7><--threads><2>");
      expect(stdout).toContain('saved\nscontrol requeue 99_7');
      expect(status).toBe(0);
    },
  );

  needing(has('sbatch')).it('of Slurm pass its own check', () => {
    expect(spawnSync('sbatch', ['--test-only'], { input: printSlurm(job) })).toMatchObject({ status: 0 });
  });
});
