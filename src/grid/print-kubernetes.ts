import { stringify } from 'yaml';
import type { JobFile } from './job-file.js';

/** Where the containers have the project's folder, on a volume that all of them see. */
const workspace = '/workspace';

/**
 * A Job for Kubernetes: indexed, with an index for each run. A pod that fails or loses its machine is replaced by one that goes on where the run was
 * saved, three times for each index; the others go on.
 */
export function printKubernetes({ name, file, out, count, threads }: JobFile): string {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: dnsLabel(name) },
    spec: {
      completionMode: 'Indexed',
      completions: count,
      parallelism: Math.min(count, 4),
      backoffLimitPerIndex: 3,
      maxFailedIndexes: count,
      podReplacementPolicy: 'Failed',
      template: {
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 120,
          containers: [
            {
              name: 'run',
              image: 'lifelong',
              workingDir: workspace,
              command: ['npx', 'lifelong', 'grid', file, '--out', out, '--only', '$(JOB_COMPLETION_INDEX)', '--threads', String(threads)],
              resources: { requests: { cpu: String(threads), memory: '2Gi' }, limits: { memory: '4Gi' } },
              volumeMounts: [{ name: 'workspace', mountPath: workspace }],
            },
          ],
          volumes: [{ name: 'workspace', persistentVolumeClaim: { claimName: 'lifelong' } }],
        },
      },
    },
  };
  return `# ${count} runs of the grid ${name}, one an index of the job. image: one with Node and this package, set up. The claim "lifelong": a volume
# that all pods may write, with this folder in it. Start it: kubectl apply -f THIS_FILE
${stringify(job)}`;
}

/** A name as Kubernetes takes it: 63 lower-case letters, digits and hyphens. */
function dnsLabel(name: string): string {
  const label = `lifelong-${name}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return label.slice(0, 63).replace(/-+$/, '');
}
