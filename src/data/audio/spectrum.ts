/**
 * Power spectra |X_k|^2, k = 0..n/2, of real frames of one length.
 *
 * Cooley and Tukey's transform: frames are parted into even and odd places until their length is odd, and those are summed up as the definition says. Of 400 samples that leaves
 * 16 transforms of 25.
 */
export function powerSpectrum(length: number): (frame: Float64Array, power: Float64Array) => void {
  const turns = Array.from({ length }, (_, i) => (2 * Math.PI * i) / length);
  const [cosines, sines] = [Float64Array.from(turns, Math.cos), Float64Array.from(turns, Math.sin)];
  const [re, im] = [new Float64Array(length), new Float64Array(length)];

  /** The transform of `count` samples from `start` on, `stride` apart, into `re` and `im` from `at` on. */
  const transform = (frame: Float64Array, start: number, stride: number, count: number, at: number): void => {
    if (count % 2 === 1) {
      for (let k = 0; k <= (count - 1) / 2; k++) {
        let [real, imaginary, turn] = [0, 0, 0];
        for (let j = start; j < length; j += stride) {
          const sample = frame[j] as number;
          real += sample * (cosines[turn] as number);
          imaginary -= sample * (sines[turn] as number);
          turn += k * stride;
          if (turn >= length) turn -= length;
        }
        const mirrored = (count - k) % count; // what is real has a spectrum that is mirrored and conjugated
        [re[at + mirrored], im[at + mirrored]] = [real, -imaginary];
        [re[at + k], im[at + k]] = [real, imaginary];
      }
      return;
    }
    const half = count / 2;
    transform(frame, start, 2 * stride, half, at);
    transform(frame, start + stride, 2 * stride, half, at + half);
    for (let k = 0; k < half; k++) {
      const [a, b] = [at + k, at + half + k];
      const [cosine, sine] = [cosines[k * stride] as number, sines[k * stride] as number];
      const [evenRe, evenIm, oddRe, oddIm] = [re[a] as number, im[a] as number, re[b] as number, im[b] as number];
      const [turnedRe, turnedIm] = [oddRe * cosine + oddIm * sine, oddIm * cosine - oddRe * sine];
      re[a] = evenRe + turnedRe;
      im[a] = evenIm + turnedIm;
      re[b] = evenRe - turnedRe;
      im[b] = evenIm - turnedIm;
    }
  };

  return (frame, power) => {
    transform(frame, 0, 1, length, 0);
    for (let k = 0; k < power.length; k++) power[k] = (re[k] as number) ** 2 + (im[k] as number) ** 2;
  };
}
