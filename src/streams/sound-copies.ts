import { resolve } from 'node:path';
import { LifelongError } from '../core/errors.js';
import { openNoises } from '../data/audio/noises.js';
import { refuseNoisesOfTasks } from '../data/audio/refuse-noises-of-tasks.js';
import { soundCopy, type SoundCopy } from '../data/audio/sound-copy.js';
import { isSoundSplit } from '../data/audio/sound-split.js';
import type { SoundSection } from './augment-section.js';
import { planInput } from './plan-input.js';
import type { TaskPlan } from './task-plan.js';

/** The changed copies of training recordings, which are learned beside them. */
export interface SoundCopies {
  /** Says what they are: equal texts mean equal copies of equal recordings. */
  readonly print: string;
  readonly copies: readonly SoundCopy[];
}

/** Frames of a spectrogram in a second. */
const framesOfSecond = 100;

/**
 * What a manifest says of sounds, ready to be made.
 *
 * @param folder that the path of noises starts from
 * @param seed of the stream
 * @throws LifelongError `config` where no task has recordings, or a shift is as long as they are; `data` for noises that cannot be read, or are recordings of a task
 */
export async function soundCopies(section: SoundSection, folder: string, plans: readonly TaskPlan[], seed: number): Promise<SoundCopies> {
  const { gain, shift, noise, copies } = section;
  checkTasks(section, plans);
  const sounds = noise && (await openNoises(resolve(folder, noise.folder), noise.key));
  if (noise && sounds) {
    const parts = [...new Set(plans.map(({ data }) => data))].flatMap(({ train, validation, test }) => [train, validation, test]);
    await refuseNoisesOfTasks(
      sounds.files,
      parts.flatMap((split) => (split && isSoundSplit(split) ? split.paths : [])),
      noise.key,
    );
  }
  const changes = { gain, shift, noise: noise && sounds && { sounds, snr: noise.snr } };
  return {
    print: JSON.stringify([seed, copies, gain, shift, noise?.snr, sounds?.files.map(({ fingerprint }) => fingerprint)]),
    copies: Array.from({ length: copies }, (_, number) => soundCopy(changes, seed, number)),
  };
}

function checkTasks({ gain, shift, noise }: SoundSection, plans: readonly TaskPlan[]): void {
  const heard = plans.filter(({ data }) => isSoundSplit(data.train));
  const [first] = plans;
  if (heard.length === 0 && first) {
    const kinds = Object.entries({ gain, shift, noise }).flatMap(([kind, change]) => (change === undefined ? [] : [kind]));
    throw new LifelongError(
      'config',
      `augment: recordings expected for ${kinds.join(' and ')}, found examples of shape [${planInput(first).shape.join(', ')}]`,
      `leave ${kinds.join(' and ')} out of augment`,
    );
  }
  for (const { id, data } of heard) {
    const seconds = (data.inputShape[0] ?? 0) / framesOfSecond;
    if (shift === undefined || shift < seconds) continue;
    throw new LifelongError(
      'config',
      `augment: a shift of less than ${seconds} s, as long as sounds of task ${id} are, expected, found ${shift}`,
      'lower the shift, or raise seconds of the data',
    );
  }
}
