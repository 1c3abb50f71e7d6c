import { z } from 'zod';

/** What has no place in the name of a folder. */
export const unfitForFolders = /[^\p{L}\p{N}._-]+/gu;

/** One run of a grid: what the command `run` is told, in plain values that can go to another machine. */
export const cellSchema = z.strictObject({
  /** Name of its run folder: stream, strategy, seed, and the first digits of the fingerprint, so that whatever changes the run changes the folder. */
  name: z.string().regex(/^[\p{L}\p{N}._-]{1,200}$/u),
  /** sha256 of all that the run's outcome follows from: see {@link fingerprintOf}. */
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  /** What the grid calls the stream. */
  streamName: z.string(),
  /** A shipped stream, or the path of a manifest as seen from the folder that the grid was started in. */
  stream: z.string(),
  /** Keys of the manifest that are set, dotted. */
  set: z.record(z.string(), z.json()),
  strategy: z.string(),
  /** As the grid file has them; without those that it leaves to the stream and to defaults. */
  options: z.record(z.string(), z.json()),
  seed: z.int().min(0),
  features: z.string().optional(),
  tasks: z.int().min(1).optional(),
});
export type Cell = z.infer<typeof cellSchema>;
