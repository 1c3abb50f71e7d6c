import decode from '@audio/decode-wav';
import { LifelongError } from '../../core/errors.js';
import { mostSeconds } from './log-mel.js';
import { average, checkLength, type Sound } from './sound.js';
import { wavHeader } from './wav-header.js';

/**
 * Decodes a WAV file: PCM of 8, 16, 24 and 32 bits, floats, A-law, u-law, ADPCM. Channels are averaged.
 *
 * @param path for errors
 * @param most seconds that it may be long
 * @throws LifelongError `data` as {@link wavHeader}; for more seconds than that, or samples that are not finite
 */
export function decodeWav(bytes: Uint8Array, path: string, most = mostSeconds): Sound {
  const { channels, rate, samples: count } = wavHeader(bytes, path);
  checkLength(count, rate, most, path);
  const samples = average(channelsOf(bytes, path));
  const wrong = samples.findIndex((sample) => !Number.isFinite(sample));
  if (wrong >= 0) {
    throw new LifelongError(
      'data',
      `${path}: finite samples expected, found ${samples[wrong] ?? ''} at ${(wrong / rate).toFixed(3)} s`,
      'save the recording again, or remove the file',
    );
  }
  return { samples, rate, channels };
}

function channelsOf(bytes: Uint8Array, path: string): readonly Float32Array[] {
  try {
    // no Buffer, whose slice is no copy, as the package takes it to be
    const { channelData } = decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (channelData[0] !== undefined) return channelData;
  } catch (cause) {
    throw new LifelongError('data', `${path}: a WAV recording expected, found one that does not decode`, 'save it again', { cause });
  }
  throw new LifelongError('data', `${path}: a WAV recording with samples expected, found none`, 'save it again, or remove the file');
}
