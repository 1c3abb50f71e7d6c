import { isMap, isPair, isScalar, isSeq, type Document, type Node } from 'yaml';
import type { Yaml } from './parse-yaml.js';

/** Says where a key stands in a YAML file: `path:line`, or the dotted key where it is not written there. */
export function placesIn({ document, lines }: Yaml, path: string): (keys: readonly PropertyKey[]) => string {
  return (keys) => {
    const offset = offsetOf(document, keys);
    return offset === undefined ? `${path} (${keys.map(String).join('.')})` : `${path}:${lines.linePos(offset).line}`;
  };
}

function offsetOf(document: Document, keys: readonly PropertyKey[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const key of keys) {
    const next: unknown = isMap(node)
      ? node.items.find((pair) => isPair(pair) && isScalar(pair.key) && pair.key.value === key)
      : isSeq(node)
        ? node.items[Number(key)]
        : undefined;
    if (next === undefined) return undefined;
    const place = (isPair(next) ? next.key : next) as Node | null;
    offset = place?.range?.[0] ?? offset;
    node = isPair(next) ? next.value : next;
  }
  return offset ?? document.contents?.range?.[0];
}
