import { native, type OpAttribute } from './backend.js';

const { TF_ATTR_TYPE, TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_ATTR_STRING, TF_ATTR_INT, TF_FLOAT, TF_INT32 } = native;

/** Attributes of operations as the binding takes them, for the calls that tfjs does not make itself. */
export const attribute = {
  /** An element type. */
  type: (name: string, of: 'float32' | 'int32' = 'float32'): OpAttribute => ({
    name,
    type: TF_ATTR_TYPE,
    value: of === 'float32' ? TF_FLOAT : TF_INT32,
  }),
  float: (name: string, value: number): OpAttribute => ({ name, type: TF_ATTR_FLOAT, value }),
  boolean: (name: string, value: boolean): OpAttribute => ({ name, type: TF_ATTR_BOOL, value }),
  text: (name: string, value: string): OpAttribute => ({ name, type: TF_ATTR_STRING, value }),
  integer: (name: string, value: number): OpAttribute => ({ name, type: TF_ATTR_INT, value }),
  integers: (name: string, value: readonly number[]): OpAttribute => ({ name, type: TF_ATTR_INT, value: [...value] }),
};
