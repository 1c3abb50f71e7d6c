/** A band of the mel scale: what the bins of a power spectrum from `first` on count for. */
export interface MelBand {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Where Slaney's scale turns from linear to logarithmic, and how it goes on: 15 mel at 1000 Hz, then 27 for every factor of 6.4. */
const [turnHz, turnMel] = [1000, 15];
const melsPerFactor = 27 / Math.log(6.4);

const melOf = (hz: number): number => (hz < turnHz ? (hz * turnMel) / turnHz : turnMel + melsPerFactor * Math.log(hz / turnHz));
const hzOf = (mel: number): number => (mel < turnMel ? (mel * turnHz) / turnMel : turnHz * Math.exp((mel - turnMel) / melsPerFactor));

/**
 * Triangles of equal area, evenly spaced in mel from 0 to half the rate (Slaney, "Auditory Toolbox", 1998), as `librosa.filters.mel` has them.
 *
 * @param rate samples a second
 * @param length samples of a frame, so that bin k of its spectrum is at k * rate / length
 */
export function melBands(count: number, rate: number, length: number): readonly MelBand[] {
  const top = melOf(rate / 2);
  const edges = Array.from({ length: count + 2 }, (_, i) => hzOf((top * i) / (count + 1)));
  const bins = Array.from({ length: Math.floor(length / 2) + 1 }, (_, k) => (k * rate) / length);
  return Array.from({ length: count }, (_, band) => {
    const [low = 0, middle = 0, high = 0] = edges.slice(band, band + 3);
    const weights = bins.map(
      (hz) => (Math.max(0, Math.min((hz - low) / (middle - low), (high - hz) / (high - middle))) * 2) / (high - low),
    );
    const first = Math.max(
      0,
      weights.findIndex((weight) => weight > 0),
    );
    const last = weights.findLastIndex((weight) => weight > 0);
    return { first, weights: Float64Array.from(weights.slice(first, last + 1)) };
  });
}
