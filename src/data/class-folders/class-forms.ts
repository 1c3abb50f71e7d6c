import { classesOf, classKey } from '../class-names.js';

/** Paths by class, both in code-point order. */
export type FilesByClass = ReadonlyMap<string, readonly string[]>;

/** The files of several parts by class. */
export interface ClassForms {
  readonly parts: readonly FilesByClass[];
  /** What was put together, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Puts together folders whose names are one text in several Unicode forms, which machines write differently, as labels are; see {@link classesOf}.
 *
 * @param root names the folders in errors
 */
export function classForms(root: string, parts: readonly FilesByClass[]): ClassForms {
  const folders = parts.map((files) => [...files.keys()]);
  const names = classesOf(root, ...folders) as string[];
  const merged = parts.map((files) => {
    const byKey = new Map<string, string[]>();
    for (const [folder, paths] of files) byKey.set(composedName(folder), [...(byKey.get(composedName(folder)) ?? []), ...paths]);
    return new Map(
      names.flatMap((name) => {
        const paths = byKey.get(composedName(name));
        return paths ? [[name, paths.toSorted()] as const] : [];
      }),
    );
  });
  const notes = names.flatMap((name) => {
    const forms = new Set(folders.flat().filter((folder) => composedName(folder) === composedName(name)));
    return forms.size < 2 ? [] : [`class "${name}": folders of its name in ${forms.size} Unicode forms are put together`];
  });
  return { parts: merged, notes };
}

const composedName = (folder: string): string => String(classKey(folder));
