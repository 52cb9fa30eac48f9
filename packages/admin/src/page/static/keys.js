// The keyboard.

/**
 * @param {Readonly<Record<string, () => void>>} actions by key
 * @param {(field: HTMLInputElement) => void} leave on Esc in a field
 */
export function startKeys(actions, leave) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null) return;
    if (event.target instanceof HTMLInputElement) {
      if (event.key === 'Escape') leave(event.target);
      return;
    }
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
