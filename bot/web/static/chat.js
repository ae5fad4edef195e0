// Makes the chat page live: sends without reloading, shows new bubbles as they come. The page works without it.
"use strict";
(function () {
  var chat = document.querySelector(".chat");
  var talk = document.getElementById("talk");
  var form = document.getElementById("say");
  var input = document.getElementById("text");
  var bring = document.getElementById("bring");
  var trouble = document.getElementById("trouble");
  var callText = document.getElementById("call-text").innerHTML;
  var last = Number(chat.dataset.last);

  function scrollDown() { talk.scrollTop = talk.scrollHeight; }

  function complain(kind) {
    trouble.hidden = !kind;
    trouble.textContent = kind ? trouble.dataset[kind] : "";
  }

  function element(tag, className, text) {
    var node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function file(told) {
    var link = element("a", "file");
    link.href = told.href;
    if (told.picture) {
      link.target = "_blank";
      var picture = element("img");
      picture.alt = "";
      picture.addEventListener("load", scrollDown);
      picture.src = told.href;
      link.appendChild(picture);
    } else {
      link.download = "";
    }
    link.appendChild(element("span", "", told.name));
    return link;
  }

  function show(bubble) {
    if (bubble.id <= last) return;
    last = bubble.id;
    var article = element("article", bubble.mine ? "mine" : "loa");
    if (bubble.html) {
      var body = element("div", "bubble");
      body.innerHTML = bubble.html; // escaped by the server, only <b> is markup
      article.appendChild(body);
    }
    if (bubble.file) article.appendChild(file(bubble.file));
    if (bubble.call.length) {
      var call = element("p", "call");
      bubble.call.forEach(function (number) {
        var link = element("a", "", callText.replace("%", number));
        link.href = "tel:" + number.replace(/ /g, "");
        call.appendChild(link);
      });
      article.appendChild(call);
    }
    if (bubble.choices.length) {
      var choices = element("div", "choices");
      bubble.choices.forEach(function (choice) {
        var button = element("button", "", choice[0]);
        button.type = "button";
        button.dataset.label = choice[0];
        button.value = choice[1];
        choices.appendChild(button);
      });
      article.appendChild(choices);
    }
    article.appendChild(element("time", "", bubble.at));
    talk.appendChild(article);
    scrollDown();
  }

  function post(path, body) {
    complain("");
    return fetch(path, {
      method: "POST",
      headers: { "X-Requested-With": "fetch" },
      body: body
    }).then(function (answer) {
      if (!answer.ok) {
        complain({ 413: "large", 429: "fast" }[answer.status] || "failed");
        throw new Error(answer.status);
      }
    }, function (error) { complain("offline"); throw error; });
  }

  function send(fields) { return post("/chat/say", new URLSearchParams(fields)); }

  bring.addEventListener("submit", function (event) {
    event.preventDefault();
    var chosen = bring.elements.file.files[0];
    if (!chosen) return;
    if (chosen.size > Number(bring.dataset.largest)) { complain("large"); return; }
    var button = bring.querySelector("button");
    button.disabled = true; // a large file takes a while
    post("/chat/file", new FormData(bring)).then(function () { bring.reset(); }, function () {})
      .then(function () { button.disabled = false; });
  });

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var text = input.value;
    if (!text.trim()) return;
    input.value = "";
    send({ text: text }).catch(function () { input.value = input.value || text; });
    input.focus();
  });

  talk.addEventListener("click", function (event) {
    var button = event.target.closest(".choices button");
    if (!button) return;
    event.preventDefault();
    var label = button.dataset.label || button.textContent.trim();
    button.disabled = true; // two quick taps are one
    setTimeout(function () { button.disabled = false; }, 1500);
    send({ choice: button.value, label: label }).catch(function () { button.disabled = false; });
  });

  function listen() {
    if (!window.EventSource) { setInterval(poll, 3000); return; }
    var source = new EventSource("/chat/events?after=" + last);
    source.onmessage = function (event) { complain(""); show(JSON.parse(event.data)); };
    source.onerror = function () {
      source.close();
      setTimeout(function () { if (!navigator.onLine) complain("offline"); listen(); }, 2000);
    };
  }

  function poll() {
    fetch("/chat/messages?after=" + last).then(function (answer) { return answer.json(); })
      .then(function (bubbles) { bubbles.forEach(show); }, function () { complain("offline"); });
  }

  scrollDown();
  listen();
})();
