// The panel: what stands behind the chosen box or line, as plain text.
(function () {
  'use strict';
  const K = window.kgtools, details = K.data.details, panel = document.getElementById('panel');
  const homes = new Map();
  Object.keys(K.data.views).forEach(function (name) {
    K.data.views[name].nodes.forEach(function (box) {
      if (!homes.has(box.id) || homes.get(box.id) === 'all') { homes.set(box.id, name); }
    });
  });

  function make(tag, text, name) {
    const element = document.createElement(tag);
    if (text !== undefined) { element.textContent = text; }
    if (name) { element.className = name; }
    return element;
  }

  function button(text, action) {
    const element = make('button', text, 'go');
    element.type = 'button';
    element.addEventListener('click', action);
    return element;
  }

  // A node's name as one line: an assertion's with its label.
  function named(id) {
    const detail = details[id];
    return detail.kind === 'assertion' ? detail.label + ' (' + detail.facts[0][1][0] + ')' : detail.label;
  }
  K.named = named;

  function link(id) {
    return details[id] ? button(named(id), function () { K.go(id); }) : make('span', id);
  }

  function list(items, most) {
    const found = make('ul');
    items.slice(0, most).forEach(function (item) {
      const entry = make('li');
      entry.append(item());
      found.append(entry);
    });
    if (items.length > most) {
      const more = make('li');
      more.append(button('… ' + (items.length - most) + ' more', function () { found.replaceWith(list(items, Infinity)); }));
      found.append(more);
    }
    return found;
  }

  function part(title, items) {
    if (!items.length) { return; }
    panel.append(make('h3', title), list(items, 12));
  }

  function facts(detail) {
    const found = make('dl');
    detail.facts.forEach(function (fact) {
      const cell = make('dd');
      fact[1].forEach(function (value) {
        cell.append(Array.isArray(value) ? link(value[0]) : make('div', value));
      });
      found.append(make('dt', fact[0]), cell);
    });
    return found;
  }

  function place(one) {
    const lines = one[1] === one[2] ? 'line ' + one[1] : 'lines ' + one[1] + '–' + one[2];
    const found = make('div', undefined, 'place');
    found.append(make('div', one[0] + ', ' + lines));
    if (one[3]) { found.append(make('q', one[3])); }
    return found;
  }

  // The passages of an assertion, or of the assertions behind a node.
  function passages(id) {
    const detail = details[id];
    if (detail.places) {
      return detail.places.map(function (one) { return function () { return place(one); }; });
    }
    return (detail.by || []).filter(function (name) { return details[name]; }).map(function (name) {
      return function () {
        const found = make('div');
        found.append(link(name));
        details[name].places.forEach(function (one) { found.append(place(one)); });
        return found;
      };
    });
  }

  function head(kind, title) {
    const top = make('div', undefined, 'kind'), close = make('button', 'Close');
    const heading = make('h2', title);
    close.type = 'button';
    close.addEventListener('click', function () { K.choose(null); document.getElementById('canvas').focus(); });
    heading.id = 'panel-title';
    top.append(make('span', kind), close);
    panel.replaceChildren(top, heading);
  }

  function tellNode(id) {
    const detail = details[id];
    head(detail.kind === 'assertion' ? 'assertion: ' + detail.facts[0][1][0] : detail.kind, detail.label);
    if (detail.kind === 'incident' && K.view === 'all') { panel.append(button('Open this incident', function () { K.open(id); })); }
    panel.append(facts(detail));
    part(detail.places ? 'Passages' : detail.kind === 'incident' ? 'Known from' : 'Assertions and their passages', passages(id));
    part('Lines', K.linesOf(id).map(function (edge) {
      const words = K.data.words[edge.relation];
      const text = edge.from === id ? words + ' → ' + named(edge.to) : named(edge.from) + ' ' + words + ' this';
      return function () { return button(text, function () { K.choose({edge: edge.id}); }); };
    }));
    const row = document.getElementById('row-' + id.slice(id.indexOf(':') + 1));
    if (detail.kind === 'assertion' && row) {
      const anchor = make('a', 'Row in the table');
      anchor.href = '#' + row.id;
      panel.append(anchor);
    }
  }

  // An assertion's line rests on its passages; a line between claims or incidents on the assertions behind both.
  function tellEdge(edge) {
    head('line', K.data.words[edge.relation]);
    const ends = make('dl');
    [['from', edge.from], ['to', edge.to]].forEach(function (end) {
      const cell = make('dd');
      cell.append(link(end[1]));
      ends.append(make('dt', end[0]), cell);
    });
    panel.append(ends);
    if (edge.claims) {
      part('Claims about both', edge.claims.map(function (id) { return function () { return link(id); }; }));
      edge.claims.forEach(function (id) { part('Passages: ' + details[id].label, passages(id)); });
      return;
    }
    const said = [edge.from, edge.to].filter(function (id) { return details[id].places; });
    if (said.length) {
      part('Passage behind this line', passages(said[0]));
      if (said[1]) { part('Passage of what it refers to', passages(said[1])); }
    } else if (details[edge.to].kind === 'incident') {
      part('Passages behind this line', passages(edge.from));
    } else {
      panel.append(make('p', 'A relation between two propositions, recorded by a curator. Where each is put forward:', 'aside'));
      part('First', passages(edge.from));
      part('Second', passages(edge.to));
    }
  }

  K.tell = function (chosen) {
    panel.hidden = !chosen;
    if (!chosen) { return; }
    if (chosen.node !== undefined) { tellNode(chosen.node); } else { tellEdge(K.edge(chosen.edge)); }
    panel.scrollTop = 0;
    const id = chosen.node;
    document.getElementById('status').textContent = panel.querySelector('.kind span').textContent + ': ' +
      document.getElementById('panel-title').textContent;
    if (id !== undefined) { history.replaceState(null, '', '#node=' + encodeURIComponent(id)); }
  };

  // Go to a node wherever it is drawn; where it is not drawn, say what stands behind it all the same.
  K.go = function (id) {
    if (!K.has(id) && homes.has(id)) { K.show(homes.get(id)); }
    if (K.has(id)) {
      K.choose({node: id});
      K.centre(id);
    } else {
      panel.hidden = false;
      tellNode(id);
    }
  };

  // Open a node: an incident of the overview as a picture of its own, anything else in the panel.
  K.open = function (id) {
    if (K.view === 'all' && K.data.views[id]) {
      K.show(id);
      K.choose({node: id});
      document.getElementById('canvas').focus();
    } else {
      K.choose({node: id});
      K.centre(id);
      panel.focus();
    }
  };
}());
