// Before anything is drawn: what was chosen, instead of what the system has.
document.documentElement.dataset.theme = localStorage.getItem('nksip-ts theme') ?? 'system';
