// Draws the phones as the server sees them and sends what is typed, tapped and switched.
"use strict";
(function () {
  var words = document.getElementById("words").dataset;
  var phones = document.getElementById("phones");
  var tabs = document.getElementById("tabs");
  var faults = document.getElementById("faults");
  var trouble = document.getElementById("trouble");
  var drawn = {};

  function complain(kind) {
    trouble.hidden = !kind;
    trouble.textContent = kind ? trouble.dataset[kind] : "";
  }

  function send(path, fields) {
    return fetch("/simulate/" + path, {
      method: "POST",
      headers: { "X-Requested-With": "fetch" },
      body: new URLSearchParams(fields || {})
    }).then(function (answer) {
      complain(answer.ok ? "" : "failed");
      if (!answer.ok) throw new Error(answer.status);
    }, function (error) { complain("offline"); throw error; });
  }

  function ignore() {}

  function element(tag, className, text) {
    var node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function build(id) {
    var phone = document.getElementById("phone").content.cloneNode(true).querySelector(".phone");
    phone.id = id;
    phone.addEventListener("focusin", function () { look(id); });
    phone.addEventListener("click", function () { look(id); });
    phone.querySelector("form").addEventListener("submit", function (event) {
      event.preventDefault();
      var input = event.target.elements.text, text = input.value;
      if (!text.trim()) return;
      input.value = "";
      send("say", { phone: id, text: text }).catch(function () { input.value = input.value || text; });
    });
    phones.appendChild(phone);
    var tab = element("a");
    tab.href = "#" + id;
    tab.addEventListener("click", function (event) {
      event.preventDefault();
      phone.scrollIntoView({ block: "nearest", inline: "center" });
      phone.querySelector("form input").focus({ preventScroll: true });
    });
    tabs.appendChild(tab);
    drawn[id] = { phone: phone, tab: tab, lines: [], unread: 0 };
    return drawn[id];
  }

  function look(id) {
    if (drawn[id].unread) { drawn[id].unread = 0; send("look", { phone: id }).catch(ignore); }
  }

  function line(id, told) {
    var article = element("article", told.mine ? "mine" : "loa");
    var bubble = element("div", "bubble");
    told.runs.forEach(function (run) { bubble.appendChild(run[1] ? element("b", "", run[0]) : document.createTextNode(run[0])); });
    article.appendChild(bubble);
    told.buttons.forEach(function (label, number) {
      var button = element("button", "", label);
      button.type = "button";
      button.addEventListener("click", function () {
        button.disabled = true; // two quick taps are one
        setTimeout(function () { button.disabled = false; }, 1000);
        send("tap", { phone: id, bubble: told.number, button: number }).catch(ignore);
      });
      article.appendChild(button);
    });
    return article;
  }

  function state(told) {
    if (told.gone) return words.gone;
    if (told.typing || told.waiting) return words.waiting;
    if (told.unanswered) return words.unanswered;
    if (!told.asks_phone) return "";
    return told.platform === "zalo" ? words.asksPhoneZalo : words.asksPhoneTelegram.replace("%", told.asks_phone);
  }

  function draw(told) {
    var one = drawn[told.id] || build(told.id);
    var phone = one.phone, talk = phone.querySelector(".talk");
    var platform = words[told.platform];
    phone.classList.add(told.platform);
    phone.setAttribute("aria-label", told.name + ", " + platform);
    phone.querySelector(".name").textContent = told.name;
    phone.querySelector(".note").textContent = platform + " · " + told.note;
    phone.querySelector("form input").setAttribute("aria-label", words.placeholder.replace("%", told.name));
    one.unread = told.unread;
    var badge = phone.querySelector(".badge");
    badge.hidden = !told.unread;
    badge.textContent = told.unread;
    badge.title = words.unread.replace("%", told.unread);
    one.tab.textContent = told.name + " · " + platform;
    one.tab.classList.toggle("unread", told.unread > 0);
    if (told.unread) one.tab.appendChild(element("span", "badge", told.unread));
    drawLines(one, talk, told);
    var said = phone.querySelector(".state");
    said.textContent = state(told);
    said.classList.toggle("gone", told.gone);
    drawActions(phone.querySelector(".actions"), told);
    if (told.unread && phone.contains(document.activeElement)) look(told.id);
  }

  function drawLines(one, talk, told) {
    var fresh = told.lines.map(function (each) { return JSON.stringify(each); });
    var same = 0;
    while (same < one.lines.length && one.lines[same] === fresh[same]) same++;
    if (!one.lines.length) talk.textContent = "";
    while (talk.children.length > same) talk.lastChild.remove();
    told.lines.slice(same).forEach(function (each) { talk.appendChild(line(told.id, each)); });
    if (!fresh.length) talk.appendChild(element("p", "", told.platform === "zalo" ? words.emptyZalo : words.emptyTelegram));
    if (fresh.length > one.lines.length) { // a long message is read from its beginning
      var top = talk.children[same].offsetTop - talk.offsetTop - 8;
      talk.scrollTop = one.lines.length ? top : talk.scrollHeight;
    }
    one.lines = fresh;
  }

  function drawActions(row, told) {
    var wanted = JSON.stringify(told.actions);
    if (row.dataset.drawn === wanted) return;
    row.dataset.drawn = wanted;
    row.textContent = "";
    told.actions.forEach(function (action) {
      var button = element("button", "", action[1]);
      button.type = "button";
      button.dataset.action = action[0];
      button.addEventListener("click", function () { send("do", { phone: told.id, action: action[0] }).catch(ignore); });
      row.appendChild(button);
    });
  }

  function drawFaults(values) {
    var on = 0;
    Object.keys(values).forEach(function (name) {
      var input = faults.querySelector("[name=" + name + "]");
      if (values[name]) on++;
      if (input.type === "checkbox") input.checked = Boolean(values[name]);
      else if (input !== document.activeElement) input.value = Math.round(values[name]);
    });
    var count = document.getElementById("count");
    count.textContent = on ? count.dataset.on.replace("%", on) : count.dataset.none;
    count.classList.toggle("on", on > 0);
  }

  faults.addEventListener("change", function (event) {
    var input = event.target;
    if (!input.checkValidity()) { input.reportValidity(); return; }
    send("fault", { name: input.name, value: input.type === "checkbox" ? Number(input.checked) : input.value }).catch(ignore);
  });
  document.getElementById("calm").addEventListener("click", function () { send("calm").catch(ignore); });
  document.getElementById("add").addEventListener("submit", function (event) {
    event.preventDefault();
    var form = event.target;
    send("people", new FormData(form)).then(function () { form.reset(); }, ignore);
  });

  function listen() {
    var source = new EventSource("/simulate/events");
    source.addEventListener("phone", function (event) { complain(""); draw(JSON.parse(event.data)); });
    source.addEventListener("faults", function (event) { drawFaults(JSON.parse(event.data)); });
    source.onerror = function () { complain("offline"); source.close(); setTimeout(listen, 1500); };
  }
  listen();
})();
