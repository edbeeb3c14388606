/** Names of classes as keys of a network file, whose order counts. */

/** A word for each name: JavaScript would sort keys that are numbers before all others. */
export const classNames = <Value>(classes: readonly (readonly [string, Value])[]): Record<string, Value> =>
  Object.fromEntries(
    classes.map(([name, value]) => [/^\d+$/.test(name) ? `class ${name}` : name, value] as const),
  );
