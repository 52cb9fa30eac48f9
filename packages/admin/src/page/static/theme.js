// Dark, light, or as the system has it.
import { byId, write } from './elements.js';

const themes = ['system', 'light', 'dark'];
const names = { system: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' };

/** @param {() => void} onChange the colours are others now */
export function startTheme(onChange) {
  const button = byId('theme-button', HTMLButtonElement);
  const root = document.documentElement;
  const show = () => write(button, names[/** @type {keyof names} */ (root.dataset.theme ?? 'system')] ?? names.system);
  button.addEventListener('click', () => {
    root.dataset.theme = themes[(themes.indexOf(root.dataset.theme ?? '') + 1) % themes.length];
    localStorage.setItem('nksip-ts theme', root.dataset.theme ?? 'system');
    show();
    onChange();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
  show();
}
