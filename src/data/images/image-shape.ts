/** Whether examples of this shape are images, `[height, width, channels]`. */
export const isImageShape = (shape: readonly number[]): shape is readonly [height: number, width: number, channels: number] =>
  shape.length === 3;
