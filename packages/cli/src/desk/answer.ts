// What a server answers is read part by part: one that is older or newer than this command may have others.

export type Item = Readonly<Record<string, unknown>>;

export function itemOf(value: unknown): Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
}

export function itemAt(item: Item, name: string): Item {
  return itemOf(item[name]);
}

export function itemsAt(item: Item, name: string): readonly Item[] {
  const value = item[name];
  return Array.isArray(value) ? value.map(itemOf) : [];
}

/** '' where there is none. */
export function textAt(item: Item, name: string): string {
  const value = item[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

export function textsAt(item: Item, name: string): readonly string[] {
  const value = item[name];
  return Array.isArray(value) ? value.map(String) : [];
}

export function numberAt(item: Item, name: string): number | undefined {
  const value = item[name];
  return typeof value === 'number' ? value : undefined;
}

/** The numbers among its values, by name. */
export function numbersOf(item: Item): readonly (readonly [string, number])[] {
  return Object.entries(item).flatMap(([name, value]) => typeof value === 'number' ? [[name, value] as const] : []);
}
