import type { JobFile } from './job-file.js';

/**
 * A job script for Slurm: an array with a task for each run. A task that runs out of time or loses its machine is queued again and goes on where
 * its run was saved.
 */
export function printSlurm({ name, file, out, count, threads }: JobFile): string {
  const asked = {
    'job-name': name,
    array: `0-${count - 1}`,
    ntasks: 1,
    'cpus-per-task': threads,
    mem: '4G',
    time: '04:00:00',
    requeue: undefined,
    'open-mode': 'append',
    output: 'slurm-%A_%a.log',
    signal: 'B:TERM@120',
  };
  return `#!/bin/bash
# ${count} runs of the grid ${name}, one a task of the array. Submit it from this folder: sbatch THIS_FILE
${Object.entries(asked).map(directive).join('\n')}

# Two minutes before the time is over, and when the task is to make room: the run is saved and the task queued again.
stop() {
  kill -TERM "$run"
  wait "$run"
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
  exit 0
}
trap stop TERM

npx lifelong grid ${quoted(file)} --out ${quoted(out)} --only "$SLURM_ARRAY_TASK_ID" --threads ${threads} &
run=$!
wait "$run"
`;
}

const directive = ([key, value]: [string, string | number | undefined]): string =>
  `#SBATCH --${key}${value === undefined ? '' : `=${value}`}`;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
