// The canvas: one picture at a time, boxes and lines in the colours that the style sheet gives at the moment of drawing.
(function () {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const K = window.kgtools = {data: data, view: '', chosen: null, hidden: {}, allLines: false};
  const WIDTH = 204, LINE = 15, SMALLEST = 0.03, LARGEST = 3, READABLE = 0.82;
  const STRIPES = {
    'official finding': 'finding', 'preliminary finding': 'finding', 'official statement': 'official', 'statement': 'official',
    'allegation': 'allegation', 'anonymous allegation': 'allegation', 'expert opinion': 'opinion', 'media report': 'report',
    'commentary': 'comment'
  };
  let network, nodes, edges, boxes, near = null, near_lines = new Set(), palette = new Map();

  function colour(name) {
    if (!palette.has(name)) {
      palette.set(name, getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim());
    }
    return palette.get(name);
  }

  function outline(ctx, kind, x, y, h) {
    const round = {assertion: 3, work: 0, incident: 5, speaker: 14}[kind];
    ctx.beginPath();
    ctx.roundRect(x - WIDTH / 2, y - h / 2, WIDTH, h, round === undefined ? 9 : round);
  }

  function drawBox(ctx, box, state) {
    const kind = box.kind, left = box.x - WIDTH / 2, top = box.y - box.h / 2, detail = data.details[box.id];
    ctx.globalAlpha = near && !near.has(box.id) ? 0.4 : 1;
    outline(ctx, kind, box.x, box.y, box.h);
    ctx.fillStyle = colour(kind);
    ctx.fill();
    ctx.lineWidth = state.selected ? 4 : kind === 'explanation' || kind === 'incident' ? 2.5 : 1.2;
    ctx.strokeStyle = colour(state.selected ? 'focus' : state.hover ? 'strong' : kind + '-line');
    ctx.setLineDash(detail.side === 'against' ? [6, 4] : []);
    ctx.stroke();
    ctx.setLineDash([]);
    if (kind === 'assertion') {
      ctx.fillStyle = colour(STRIPES[detail.standing] || 'report');
      ctx.fillRect(left, top, 6, box.h);
    }
    if (box.share !== undefined) {
      ctx.fillStyle = colour('incident-line');
      ctx.fillRect(left + 12, top + box.h - 6, (WIDTH - 24) * box.share, 3);
    }
    drawText(ctx, box, left + (kind === 'speaker' ? 14 : 12), top);
    ctx.globalAlpha = 1;
  }

  function drawText(ctx, box, left, top) {
    const tiny = network.getScale() * LINE < 5.5;
    ctx.fillStyle = colour(box.kind + '-text');
    ctx.textBaseline = 'middle';
    box.lines.forEach(function (line, place) {
      const y = top + 7 + LINE * (place + 0.5);
      if (tiny) {
        ctx.globalAlpha *= place ? 1 : 0.45;
        ctx.fillRect(left, y - 2, Math.min(line[1].length * 5.5, WIDTH - 26), 4);
        return;
      }
      ctx.font = (line[0] === 'b' ? '600 13px ' : line[0] === 's' ? '11px ' : '13px ') + 'system-ui, sans-serif';
      ctx.fillText(line[1], left, y, WIDTH - 22);
    });
  }

  function drawSections(ctx) {
    palette = new Map();
    const scale = network.getScale();
    data.views[K.view].sections.forEach(function (one) {
      ctx.fillStyle = colour('section');
      ctx.beginPath();
      ctx.roundRect(one[1], one[2], one[3], one[4], 10);
      ctx.fill();
      ctx.fillStyle = colour('section-text');
      ctx.textBaseline = 'middle';
      ctx.font = '600 ' + Math.max(17, Math.min(13 / scale, 46)) + 'px system-ui, sans-serif';
      ctx.fillText(one[0], one[1] + 14, one[2] + 28, one[3] - 28);
    });
  }

  // Everything that can be reached along a chain, both ways, so that a chain is seen whole.
  function chain(start) {
    const found = new Set([start]);
    [['from', 'to'], ['to', 'from']].forEach(function (ends) {
      const queue = [start];
      while (queue.length) {
        const here = queue.pop();
        edges.forEach(function (edge) {
          if (edge.relation === 'reports' && edge[ends[0]] === here && !found.has(edge[ends[1]])) {
            found.add(edge[ends[1]]);
            queue.push(edge[ends[1]]);
          }
        });
      }
    });
    return found;
  }

  function spotlight() {
    near = null;
    near_lines = new Set();
    const chosen = K.chosen;
    if (!chosen) { return; }
    if (chosen.edge !== undefined) {
      const edge = edges.get(chosen.edge);
      near = new Set([edge.from, edge.to]);
      near_lines.add(edge.id);
      return;
    }
    if (K.view !== 'all' && boxes.get(chosen.node).kind === 'incident') { return; }
    const core = chain(chosen.node);
    near = new Set(core);
    edges.forEach(function (edge) {
      const inside = edge.relation === 'reports' && core.has(edge.from) && core.has(edge.to);
      if (inside || edge.from === chosen.node || edge.to === chosen.node) {
        near_lines.add(edge.id);
        near.add(edge.from).add(edge.to);
      }
    });
    if (/^(claim|explanation)$/.test(boxes.get(chosen.node).kind)) { alongChains(); }
  }

  // Of a claim: its chains, and lines to it from their origins only.
  function alongChains() {
    edges.forEach(function (edge) {
      if (edge.relation === 'reports' && near.has(edge.from) && near.has(edge.to)) { near_lines.add(edge.id); }
      if (boxes.get(edge.from).kind === 'assertion' && edge.relation !== 'reports' && !edge.drawn) { near_lines.delete(edge.id); }
    });
  }

  function shown(node) {
    const detail = data.details[node], hidden = K.hidden;
    return !['kind', 'standing', 'side'].some(function (name) {
      return detail[name] !== undefined && hidden[name] && hidden[name].has(detail[name]);
    });
  }

  function style(edge) {
    const bright = near_lines.has(edge.id), relations = K.hidden.relation;
    const words = edge.claims ? edge.claims.length + ' in common' : data.words[edge.relation];
    const from = boxes.get(edge.from), to = boxes.get(edge.to);
    const long = Math.hypot(from.x - to.x, from.y - to.y) > 330;
    const label = bright && long && near_lines.size <= 12 ? words : '';
    return {
      id: edge.id, width: bright ? 2 : 1, label: label,
      hidden: !shown(edge.from) || !shown(edge.to) || Boolean(relations && relations.has(edge.relation)) ||
        !(bright || edge.drawn || K.allLines),
      color: {color: colour(bright ? 'strong' : 'line'), hover: colour('focus'), highlight: colour('focus'),
        opacity: near && !bright ? 0.25 : 1, inherit: false},
      font: {size: 12, color: colour('text'), strokeWidth: 4, strokeColor: colour('canvas'), face: 'system-ui, sans-serif'}
    };
  }

  K.refresh = function () {
    palette = new Map();
    spotlight();
    nodes.update(Array.from(boxes.keys(), function (id) { return {id: id, hidden: !shown(id)}; }));
    edges.update(edges.map(style));
    document.getElementById('empty').hidden = !boxes.size || Array.from(boxes.keys()).some(shown);
    network.redraw();
  };

  function extent() {
    let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
    function grow(x1, y1, x2, y2) {
      left = Math.min(left, x1); top = Math.min(top, y1); right = Math.max(right, x2); bottom = Math.max(bottom, y2);
    }
    boxes.forEach(function (box) { grow(box.x - WIDTH / 2, box.y - box.h / 2, box.x + WIDTH / 2, box.y + box.h / 2); });
    data.views[K.view].sections.forEach(function (one) { grow(one[1], one[2], one[1] + one[3], one[2] + one[4]); });
    return {left: left - 16, top: top - 16, width: right - left + 32, height: bottom - top + 32};
  }

  function look(x, y, scale) {
    network.moveTo({position: {x: x, y: y}, scale: Math.max(SMALLEST, Math.min(LARGEST, scale)), animation: false});
  }

  // On a wide screen the panel lies over the right of the canvas, so that nothing moves under the pointer.
  function free() {
    const holder = document.getElementById('canvas'), panel = document.getElementById('panel');
    const over = !panel.hidden && getComputedStyle(panel).position === 'absolute';
    return {width: holder.clientWidth - (over ? panel.offsetWidth + 8 : 0), height: holder.clientHeight, all: holder.clientWidth};
  }

  // Put a point into the middle of what the panel leaves free.
  function aim(x, y, scale) {
    const space = free();
    look(x + (space.all - space.width) / 2 / scale, y, scale);
  }

  K.fit = function () {
    if (!boxes.size) { return 1; }
    const all = extent(), space = free();
    const scale = Math.min(space.width / all.width, space.height / all.height, 1.2);
    aim(all.left + all.width / 2, all.top + all.height / 2, scale);
    return scale;
  };

  // Begin at a size that can be read, at the upper left corner, where incident and explanations stand.
  function begin() {
    const all = extent(), holder = document.getElementById('canvas');
    if (K.fit() < 0.7) {
      const left = holder.clientWidth < 600 ? data.views[K.view].sections[0][1] - 8 : all.left;
      look(left + holder.clientWidth / 2 / READABLE, all.top + holder.clientHeight / 2 / READABLE, READABLE);
    }
  }

  K.zoom = function (factor) {
    const at = network.getViewPosition();
    look(at.x, at.y, network.getScale() * factor);
  };

  K.move = function (right, down) {
    const at = network.getViewPosition(), step = 120 / network.getScale();
    look(at.x + right * step, at.y + down * step, network.getScale());
  };

  K.centre = function (id) {
    const box = boxes.get(id);
    aim(box.x, box.y, Math.max(network.getScale(), READABLE));
  };

  // Mark a box or a line (or nothing) as chosen; the panel follows.
  K.choose = function (chosen) {
    K.chosen = chosen;
    network.unselectAll();
    if (chosen && chosen.node !== undefined) {
      network.selectNodes([chosen.node], false);
    } else if (chosen) {
      network.selectEdges([chosen.edge]);
    }
    K.refresh();
    K.tell(chosen);
  };

  function bringIntoView(id) {
    const space = free(), box = boxes.get(id), scale = network.getScale();
    const at = network.canvasToDOM(box), aside = WIDTH / 2 * scale;
    if (at.x > space.width - aside) { K.move((at.x + aside + 8 - space.width) / 120, 0); }
  }

  K.edge = function (id) { return edges.get(id); };
  K.has = function (id) { return boxes.has(id); };

  K.linesOf = function (id) {
    return edges.get({filter: function (edge) { return edge.from === id || edge.to === id; }});
  };

  // Boxes as one reads them: rails and sections from the top, each row from the left.
  K.reading = function () {
    return Array.from(boxes.values()).filter(function (box) { return shown(box.id); })
      .sort(function (a, b) { return Math.round(a.y / 30) - Math.round(b.y / 30) || a.x - b.x; })
      .map(function (box) { return box.id; });
  };

  K.show = function (name) {
    const view = data.views[name];
    K.view = name;
    K.chosen = null;
    boxes = new Map(view.nodes.map(function (box) { return [box.id, box]; }));
    nodes = new vis.DataSet(view.nodes.map(function (box) {
      return {id: box.id, x: box.x, y: box.y, shape: 'custom', ctxRenderer: render, title: tooltip(box.id)};
    }));
    edges = new vis.DataSet(view.edges.map(function (edge) {
      const flat = edge.relation === 'shares' ? {arrows: {to: {enabled: false}}} : {};
      const from = view.nodes[edge.from], to = view.nodes[edge.to];
      return Object.assign({}, edge, {from: from.id, to: to.id}, flat, around(from, to));
    }));
    if (!network) { start(); }
    near = null;
    network.setData({nodes: nodes, edges: edges});
    // vis-network measures boxes of one's own only after drawing them once; their size is known beforehand.
    boxes.forEach(function (box) {
      Object.assign(network.body.nodes[box.id].shape, {customSizeWidth: WIDTH, customSizeHeight: box.h});
    });
    K.refresh();
    begin();
    document.getElementById('picture-title').textContent = view.title;
    document.getElementById('status').textContent = view.note;
    document.getElementById('back').hidden = name === 'all' || !data.views.all;
  };

  // Between boxes one above the other a line goes round those that stand between them.
  function around(from, to) {
    const far = Math.abs(from.y - to.y);
    if (Math.abs(from.x - to.x) > WIDTH / 2) { return {}; }
    return {smooth: {type: from.y < to.y ? 'curvedCW' : 'curvedCCW', roundness: Math.min(0.9, 1.15 * WIDTH / far)}};
  }

  function render(drawn) {
    const box = boxes.get(drawn.id);
    return {drawNode: function () { drawBox(drawn.ctx, box, drawn.state); }, nodeDimensions: {width: WIDTH, height: box.h}};
  }

  function tooltip(id) {
    const element = document.createElement('span'), detail = data.details[id], label = detail.facts[0];
    element.textContent = (detail.kind === 'assertion' ? label[1][0] : detail.kind) + '\n' + detail.label;
    return element;
  }

  function start() {
    network = new vis.Network(document.getElementById('canvas'), {}, data.options);
    K.network = network;
    network.on('beforeDrawing', drawSections);
    network.on('click', function (event) {
      const id = event.nodes[0];
      K.choose(id !== undefined ? {node: id} : event.edges.length ? {edge: event.edges[0]} : null);
      // Not at once: the second half of a double click must find the box where it was.
      setTimeout(function () { if (K.chosen && id !== undefined && K.chosen.node === id) { bringIntoView(id); } }, 400);
    });
    network.on('doubleClick', function (event) {
      if (event.nodes.length) { K.open(event.nodes[0]); }
    });
    ['(prefers-color-scheme: dark)', 'print'].forEach(function (query) {
      matchMedia(query).addEventListener('change', function () { K.refresh(); });
    });
  }
}());
