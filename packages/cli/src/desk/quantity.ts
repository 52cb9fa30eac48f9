/** Where there is no number. */
const none = '-';

/** `4 min 05 s`, of seconds. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined) return none;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${two(Math.floor(whole / 60) % 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor(whole / 3_600) % 24} h`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function bytes(value: number | undefined): string {
  if (value === undefined) return none;
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log(value) / Math.log(1024)), units.length - 1);
  const rest = value / 1024 ** power;
  return `${power === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[power] ?? 'B'}`;
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function count(value: number | undefined): string {
  return value === undefined ? none : whole.format(value);
}

/** Small ones with a fraction. */
export function fine(value: number | undefined): string {
  return value === undefined || value === 0 || Math.abs(value) >= 100 ? count(value) : String(Number(value.toPrecision(2)));
}

export function milliseconds(value: number | undefined): string {
  return value === undefined ? none : `${fine(value)} ms`;
}
