import { z } from 'zod';
import { LifelongError } from '../core/errors.js';
import type { Augmentation } from '../core/task.js';
import { mostSeconds } from '../data/audio/log-mel.js';
import type { Range } from '../data/audio/sound-copy.js';
import { inputLimits } from '../data/input-limits.js';
import { path } from '../data/sources/shared/keys.js';
import { section } from '../data/sources/shared/section.js';

const decibels = z.number().min(-100).max(100);

/** A number, or the two that others lie between. */
const rangeOf = (one: z.ZodNumber, what: string) =>
  z.union(
    [one, z.tuple([decibels, decibels]).refine(([low, high]) => low <= high, { error: `${what}, the lower one first, expected` })],
    `${what} expected`,
  );

const changeSchema = z.union(
  [
    z.literal('flip'),
    section({ crop: z.int().min(1).max(inputLimits.imageSide) }),
    section({ brightness: z.number().positive() }),
    section({ gain: rangeOf(z.number().positive().max(100), 'a number of dB above 0, or [LOW, HIGH]') }),
    section({ shift: z.number().positive().max(mostSeconds) }),
    section({ noise: path, snr: rangeOf(decibels, 'a number of dB, or [LOW, HIGH]') }),
    section({ copies: z.int().min(1).max(100) }),
  ],
  'flip, { crop: PADDING }, { brightness: DELTA }, { gain: DB }, { shift: SECONDS }, { noise: FOLDER, snr: DB } or { copies: COUNT } expected',
);

/** What changes training examples at random. */
export const augmentSchema = z.union(
  [z.enum(['none', 'published']), z.array(changeSchema)],
  'none, published or a list of flip, { crop: PADDING } and { brightness: DELTA }, or of { gain: DB }, { shift: SECONDS }, { noise: FOLDER, snr: DB } and { copies: COUNT }, expected',
);
type AugmentSection = z.infer<typeof augmentSchema>;

/** The changes of images in it, in order. */
export function imageChanges(augment: AugmentSection): Augmentation[] {
  if (augment === 'none') return [];
  if (augment === 'published') return [{ kind: 'crop', padding: 4 }, { kind: 'flip' }, { kind: 'brightness', delta: 63 / 255 }];
  return augment.flatMap((change): Augmentation[] => {
    if (change === 'flip') return [{ kind: 'flip' }];
    if ('crop' in change) return [{ kind: 'crop', padding: change.crop }];
    return 'brightness' in change ? [{ kind: 'brightness', delta: change.brightness }] : [];
  });
}

/** The changes of sounds as a manifest has them. */
export interface SoundSection {
  readonly gain?: Range;
  /** Seconds. */
  readonly shift?: number;
  /** `key` is the manifest's, for errors. */
  readonly noise?: { readonly folder: string; readonly snr: Range; readonly key: string };
  readonly copies: number;
}

const defaultCopies = 4;

/**
 * The changes of sounds in it; undefined where there are none.
 *
 * @throws LifelongError `config` for one that is there twice, or copies without a change
 */
export function soundChanges(augment: AugmentSection): SoundSection | undefined {
  const changes = typeof augment === 'string' ? [] : augment;
  const found = new Map<string, Partial<SoundSection>>();
  for (const [at, change] of changes.entries()) {
    const sound = change === 'flip' ? undefined : soundChange(change, `augment.${at}.noise`);
    const [kind] = Object.keys(sound ?? {});
    if (sound === undefined || kind === undefined) continue;
    if (found.has(kind)) throw new LifelongError('config', `augment: ${kind} once expected, found it twice`, 'leave one of them out');
    found.set(kind, sound);
  }
  if (found.size === 0) return undefined;
  const section = [...found.values()].reduce<SoundSection>((all, one) => ({ ...all, ...one }), { copies: defaultCopies });
  if (section.gain ?? section.shift ?? section.noise) return section;
  throw new LifelongError(
    'config',
    'augment: gain, shift or noise beside copies expected, found none',
    'add one of them, or leave copies out',
  );
}

function soundChange(change: Exclude<Exclude<AugmentSection, string>[number], string>, key: string): Partial<SoundSection> | undefined {
  if ('gain' in change) return { gain: typeof change.gain === 'number' ? [-change.gain, change.gain] : change.gain };
  if ('shift' in change) return { shift: change.shift };
  if ('copies' in change) return { copies: change.copies };
  if (!('noise' in change)) return undefined;
  const { noise, snr } = change;
  return { noise: { folder: noise, snr: typeof snr === 'number' ? [snr, snr] : snr, key } };
}
