/** Products beyond these bounds are taken the logarithm of before another ratio could leave float64. */
const [smallestProduct, largestProduct] = [1e-100, 1e100];

/**
 * Means, over each class's samples, of ln(distance to the nearest prototype of another task / own distance), for many other tasks.
 * Ratios are multiplied: a logarithm for each sample and task would take as long as the distances to thousands of classes.
 *
 * @param labels classes of the samples, `[n]`
 * @param counts samples of each class
 * @param own squared distances, `[n]`
 * @param floor squared distances below it count as this
 * @param tasks how many others there are
 */
export function meanLogarithms(labels: Int32Array, counts: Int32Array, own: Float64Array, floor: number, tasks: number) {
  const classes = counts.length;
  const divisors = own.map((square) => Math.max(floor, square));
  const products = new Float64Array(tasks * classes).fill(1);
  const logarithms = new Float64Array(tasks * classes);
  return {
    /** Squared distances of the samples from `first` on to the nearest prototype of `task`. */
    add: (task: number, first: number, squares: Float64Array): void => {
      for (let i = 0, sample = first; i < squares.length; i++, sample++) {
        const at = task * classes + (labels[sample] as number);
        const square = squares[i] as number;
        const product = (products[at] as number) * ((square > floor ? square : floor) / (divisors[sample] as number));
        const fits = product > smallestProduct && product < largestProduct;
        products[at] = fits ? product : 1;
        if (!fits) logarithms[at] = (logarithms[at] as number) + Math.log(product);
      }
    },
    /** d_c of each task; 0 for a class without samples. */
    result(): number[][] {
      const mean = (count: number, at: number) =>
        count > 0 ? ((logarithms[at] as number) + Math.log(products[at] as number)) / 2 / count : 0;
      return Array.from({ length: tasks }, (_, task) => Array.from(counts, (count, c) => mean(count, task * classes + c)));
    },
  };
}
