/** Zero crossings of the sinc on each side, and the share of the lower of the two bands where it has faded to half: the rest fades within a twentieth on each side. */
const [crossings, passed] = [64, 0.95];

/** Of Kaiser's window: what lies above the lower of the two bands comes through 100 dB weaker. */
const beta = 10;

/** What samples of the input count for, for one place of an output sample between two of the input. */
type Kernels = readonly Float32Array[];

let known: { readonly rates: string; readonly kernels: Kernels } | undefined;

/**
 * A sound at another rate: every sample of the new one is a sum over the old one's, weighted by a sinc under Kaiser's window (Smith, "Digital Audio Resampling"). Beyond its ends there is silence.
 *
 * @param from and
 * @param to samples a second, whole numbers
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const shared = commonDivisor(from, to);
  const [down, up] = [from / shared, to / shared];
  const rates = `${down}/${up}`;
  if (known?.rates !== rates) known = { rates, kernels: kernelsOf(down, up) };
  const { kernels } = known;
  const half = (kernels[0]?.length ?? 0) / 2;
  const resampled = new Float32Array(Math.ceil((samples.length * up) / down));
  for (let i = 0; i < resampled.length; i++) {
    const kernel = kernels[(i * down) % up] as Float32Array;
    const start = Math.floor((i * down) / up) - half + 1;
    const end = Math.min(kernel.length, samples.length - start);
    let sum = 0;
    for (let j = Math.max(0, -start); j < end; j++) sum += (kernel[j] as number) * (samples[start + j] as number);
    resampled[i] = sum;
  }
  return resampled;
}

/** One for each place between two samples of the input, `up` of them. */
function kernelsOf(down: number, up: number): Kernels {
  const band = passed * Math.min(1, up / down);
  const half = Math.ceil(crossings / band);
  return Array.from({ length: up }, (_, place) => {
    const kernel = Float64Array.from({ length: 2 * half }, (__, j) => {
      const x = j - half + 1 - place / up;
      return band * sinc(band * x) * kaiser(x / half);
    });
    const total = kernel.reduce((sum, value) => sum + value, 0);
    return Float32Array.from(kernel, (value) => value / total);
  });
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Kaiser's window at a place in [-1, 1]. */
const kaiser = (place: number): number => (Math.abs(place) >= 1 ? 0 : bessel(beta * Math.sqrt(1 - place * place)) / bessel(beta));

/** I_0 by its series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-16 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
