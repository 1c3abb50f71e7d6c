import { it } from 'vitest';
import { random } from '/work/main/src/core/random.js';
import { divergences } from '/work/main/src/difficulty/divergence.js';
import { prototypes } from '/work/main/src/difficulty/prototypes.js';
import { estimator } from '/work/main/src/difficulty/estimators.js';
it('bench', () => {
  const n = 5000, D = 512; const r = random(0);
  const features = Float32Array.from({ length: n * D }, () => Math.max(0, r.normal()));
  const labels = Int32Array.from({ length: n }, (_, i) => i % 10);
  let t = performance.now(); const own = prototypes(features, labels, 10); console.log('prototypes', performance.now() - t);
  for (const K of [10, 100, 1000, 10000]) {
    const others = Array.from({ length: K / 10 }, () => ({ size: D, classes: 10, means: Float32Array.from({ length: 10 * D }, () => Math.max(0, r.normal())), variances: new Float32Array(10 * D).fill(1), counts: new Int32Array(10).fill(500) }));
    const times = [];
    for (let i = 0; i < 3; i++) { t = performance.now(); divergences(features, labels, own, others, { zeroDivergence: 'repaired' }); times.push(performance.now() - t); }
    console.log(K, times.map((x) => x.toFixed(1)).join(' '), process.memoryUsage().rss / 1e6);
    for (const e of ['cosine', 'gaussian-kl', 'cka'] as const) { if (K > 1000) continue; t = performance.now(); estimator(e)(features, labels, own, others, { zeroDivergence: 'repaired' }); console.log(e, (performance.now() - t).toFixed(1)); }
  }
}, 100000);
