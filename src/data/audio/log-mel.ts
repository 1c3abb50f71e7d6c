import { melBands } from './mel-bands.js';
import { powerSpectrum } from './spectrum.js';

/** Of sounds that spectrograms are made of, in samples a second. */
export const soundRate = 16_000;

/** Bands of a spectrogram. */
export const melCount = 80;

/** Samples from one frame to the next: 10 ms. */
export const frameStep = 160;

/** Samples of a frame: 25 ms. */
const frameLength = 400;

/** Longest sound, as Whisper takes it. */
export const mostSeconds = 30;

const bands = melBands(melCount, soundRate, frameLength);
const spectrumOf = powerSpectrum(frameLength);

/** Hann's window, periodic. */
const window = Float64Array.from({ length: frameLength }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / frameLength));

/**
 * Log-mel spectrogram as Whisper sees it (Radford et al. 2022; `log_mel_spectrogram` of openai/whisper): frames of 25 ms every 10 ms around their middle, the ends mirrored; log10 of the power in 80 bands,
 * no lower than 8 below the highest of the whole sound, then (v + 4) / 4.
 *
 * @param samples at 16 kHz, 201 or more
 * @returns `[samples / 160, 80]`, row-major
 */
export function logMel(samples: Float32Array): Float32Array {
  const count = Math.floor(samples.length / frameStep);
  const mel = new Float32Array(count * melCount);
  const [frame, power] = [new Float64Array(frameLength), new Float64Array(frameLength / 2 + 1)];
  const last = samples.length - 1;
  let highest = -Infinity;
  for (let t = 0; t < count; t++) {
    for (let i = 0; i < frameLength; i++) {
      const at = Math.abs(t * frameStep + i - frameLength / 2);
      frame[i] = (samples[at <= last ? at : 2 * last - at] as number) * (window[i] as number);
    }
    spectrumOf(frame, power);
    for (const [band, { first, weights }] of bands.entries()) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += (weights[k] as number) * (power[first + k] as number);
      const value = Math.log10(Math.max(sum, 1e-10));
      mel[t * melCount + band] = value;
      highest = Math.max(highest, value);
    }
  }
  for (let i = 0; i < mel.length; i++) mel[i] = (Math.max(mel[i] as number, highest - 8) + 4) / 4;
  return mel;
}
