// Keys, search, filter and buttons; then the first picture.
(function () {
  'use strict';
  const K = window.kgtools, details = K.data.details;
  function get(id) { return document.getElementById(id); }
  const canvas = get('canvas'), search = get('search'), results = get('results'), help = get('help');

  function step(by) {
    const order = K.reading(), here = K.chosen && K.chosen.node !== undefined ? order.indexOf(K.chosen.node) : -1;
    if (!order.length) { return; }
    const next = order[here < 0 ? 0 : (here + by + order.length) % order.length];
    K.choose({node: next});
    K.centre(next);
  }

  function nextLine() {
    const chosen = K.chosen;
    if (!chosen) { return; }
    if (chosen.node !== undefined) { K.around = chosen.node; }
    const lines = K.linesOf(K.around).map(function (edge) { return edge.id; });
    if (lines.length) { K.choose({edge: lines[(lines.indexOf(chosen.edge) + 1) % lines.length]}); }
  }

  function enter() {
    if (!K.chosen) { step(1); }
    else if (K.chosen.node !== undefined) { K.open(K.chosen.node); }
    else { get('panel').focus(); }
  }

  function escape() {
    if (!results.hidden) { results.hidden = true; }
    else if (K.chosen || !get('panel').hidden) { K.choose(null); canvas.focus(); }
    else if (!get('back').hidden) { back(); }
  }

  function back() {
    const from = K.view;
    K.show('all');
    K.choose({node: from});
    canvas.focus();
  }

  const keys = {
    ArrowLeft: function () { K.move(-1, 0); }, ArrowRight: function () { K.move(1, 0); },
    ArrowUp: function () { K.move(0, -1); }, ArrowDown: function () { K.move(0, 1); },
    '+': function () { K.zoom(1.25); }, '=': function () { K.zoom(1.25); }, '-': function () { K.zoom(0.8); },
    '0': K.fit, j: function () { step(1); }, k: function () { step(-1); }, l: nextLine, Enter: enter
  };

  canvas.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) { return; }
    event.preventDefault();
    keys[event.key]();
  });

  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) { return; }
    if (event.key === 'Escape') { escape(); return; }
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== 'checkbox') { return; }
    if (event.key === '/') { event.preventDefault(); search.focus(); }
    if (event.key === '?') { event.preventDefault(); help.showModal(); }
  });

  function find() {
    const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const rank = ['incident', 'explanation', 'claim', 'speaker', 'work', 'assertion'];
    const found = !wanted.length ? [] : Object.keys(details).filter(function (id) {
      const text = details[id].label.toLowerCase();
      return wanted.every(function (word) { return text.includes(word); });
    }).sort(function (a, b) { return rank.indexOf(details[a].kind) - rank.indexOf(details[b].kind); });
    results.replaceChildren();
    found.slice(0, 30).forEach(function (id) {
      const item = document.createElement('li'), button = document.createElement('button');
      button.type = 'button';
      button.className = 'go';
      button.textContent = details[id].kind + ': ' + K.named(id);
      button.addEventListener('click', function () { results.hidden = true; K.go(id); canvas.focus(); });
      item.append(button);
      results.append(item);
    });
    if (wanted.length) {
      const item = document.createElement('li');
      item.className = 'aside';
      item.textContent = found.length > 30 ? '… and ' + (found.length - 30) + ' more' : found.length ? '' : 'Nothing holds these words.';
      results.append(item);
    }
    results.hidden = !wanted.length;
  }

  search.addEventListener('input', find);
  search.addEventListener('focus', find);
  search.addEventListener('keydown', function (event) {
    const first = results.querySelector('button');
    if (event.key === 'Enter' && first) { first.click(); }
    if (event.key === 'ArrowDown' && first) { event.preventDefault(); first.focus(); }
  });
  document.addEventListener('click', function (event) {
    if (!event.target.closest('.search')) { results.hidden = true; }
  });

  function boxes() { return Array.from(document.querySelectorAll('[data-filter]')); }

  function filter() {
    K.hidden = {};
    boxes().filter(function (box) { return !box.checked; }).forEach(function (box) {
      const name = box.dataset.filter;
      (K.hidden[name] = K.hidden[name] || new Set()).add(box.value);
    });
    const off = boxes().filter(function (box) { return !box.checked; }).length;
    get('filter-state').textContent = off ? '(' + off + ' hidden)' : '';
    K.allLines = get('all-lines').checked;
    K.refresh();
  }

  function reset() {
    boxes().forEach(function (box) { box.checked = true; });
    filter();
  }

  document.querySelector('.filter').addEventListener('change', filter);
  get('reset').addEventListener('click', reset);
  get('reset-empty').addEventListener('click', reset);
  get('in').addEventListener('click', function () { K.zoom(1.25); });
  get('out').addEventListener('click', function () { K.zoom(0.8); });
  get('fit').addEventListener('click', K.fit);
  get('help-button').addEventListener('click', function () { help.showModal(); });
  get('back').addEventListener('click', back);

  document.documentElement.classList.add('js');
  boxes().forEach(function (box) { box.checked = true; });
  get('all-lines').checked = false;
  K.show(K.data.start);
  const asked = /^#node=(.+)$/.exec(location.hash);
  if (asked) {
    let id = '';
    try { id = decodeURIComponent(asked[1]); } catch (error) { id = ''; }
    if (Object.hasOwn(details, id)) { K.go(id); }
  }
}());
