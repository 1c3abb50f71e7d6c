import { tf, type Tensor } from '../nn/backend.js';
import type { BackbonePass } from './backbone.js';

type Image = ReturnType<typeof tf.tensor4d>;

/** How a convolution runs. */
export interface ConvPlan {
  readonly stride?: 1 | 2;
  readonly padding: 'same' | 'valid';
  readonly depthwise?: boolean;
}

/** The convolution `name/kernel` with its folded norm, `name/bias`, and the site `name` behind it: `[n, h, w, in]` to `[n, h', w', out]`. */
export function siteConv(pass: BackbonePass, name: string, x: Tensor, { stride = 1, padding, depthwise = false }: ConvPlan): Tensor {
  const kernel = pass.weight(`${name}/kernel`) as Image;
  const image = x as Image;
  const y = depthwise ? tf.depthwiseConv2d(image, kernel, stride, padding) : tf.conv2d(image, kernel, stride, padding);
  const [, height, width] = y.shape;
  pass.count(height * width * kernel.size);
  return pass.site(name, tf.add(y, pass.weight(`${name}/bias`)));
}
