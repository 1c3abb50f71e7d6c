/** Adds a path to those of its class. */
export function addFile(files: Map<string, string[]>, name: string, path: string): void {
  const known = files.get(name);
  if (known) known.push(path);
  else files.set(name, [path]);
}
