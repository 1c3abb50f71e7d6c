import type { JobFile } from './job-file.js';

/**
 * A job script for Slurm: an array with a task for each run. A task that runs out of time or loses its machine is queued again and goes on where
 * its run was saved.
 */
export function printSlurm({ name, file, out, count, threads }: JobFile): string {
  return `#!/bin/bash
# ${count} runs of the grid ${name}, one a task of the array. Submit it from this folder: sbatch THIS_FILE
#SBATCH --job-name=${name}
#SBATCH --array=0-${count - 1}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=${threads}
#SBATCH --mem=4G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=slurm-%A_%a.log
#SBATCH --signal=B:TERM@120

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

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
