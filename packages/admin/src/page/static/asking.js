// The one dialog: it asks before anything changes, for the token where none is known, and tells why something failed.
import { Refused, token } from './api.js';
import { byId, write } from './elements.js';

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text
 * @property {string} action what the button says
 * @property {boolean} [strong] something is lost by it
 * @property {(token: string) => Promise<unknown>} run
 */

const dialog = byId('ask', HTMLDialogElement);
const field = byId('ask-token', HTMLInputElement);
const tokenPart = byId('ask-token-part', HTMLElement);
const fault = byId('ask-error', HTMLElement);
const doIt = byId('ask-do', HTMLButtonElement);
const forget = byId('token-button', HTMLButtonElement);

/** @type {Question | undefined} */
let question;
/** @type {(isDone: boolean) => void} */
let settle = () => undefined;

/**
 * Resolves to whether it was done.
 * @param {Question} asked
 * @returns {Promise<boolean>}
 */
export function ask(asked) {
  if (dialog.open) return Promise.resolve(false);
  question = asked;
  write(byId('ask-title', HTMLElement), asked.title);
  write(byId('ask-text', HTMLElement), asked.text);
  write(doIt, asked.action);
  doIt.className = asked.strong === true ? 'strong danger' : 'strong';
  write(fault, '');
  tokenPart.hidden = token.value !== '';
  field.value = '';
  dialog.showModal();
  (tokenPart.hidden ? doIt : field).focus();
  return new Promise((resolve) => { settle = resolve; });
}

export function startAsking() {
  byId('ask-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void carryOut();
  });
  byId('ask-cancel', HTMLButtonElement).addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => settle(false));
  forget.addEventListener('click', () => {
    token.value = '';
    showForget();
  });
  showForget();
}

async function carryOut() {
  const given = tokenPart.hidden ? token.value : field.value.trim();
  if (given === '') return refuse('Type the token first.');
  doIt.disabled = true;
  try {
    await question?.run(given);
    token.value = given;
    settle(true);
    dialog.close();
  } catch (error) {
    fail(error);
  } finally {
    doIt.disabled = false;
    showForget();
  }
}

/** @param {unknown} error */
function fail(error) {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) token.value = '';
  refuse(error.message);
}

/** @param {string} why */
function refuse(why) {
  write(fault, why);
  tokenPart.hidden = token.value !== '';
  if (!tokenPart.hidden) field.select();
}

function showForget() {
  forget.hidden = token.value === '';
}
