/* Tracks what people do with the posts of a page, for `POST /api/track`.

   <script src="https://warehouse.example/static/track.js" data-token="…" data-user="u-42" async></script>
   <article data-track-post="post-17" data-track-source="feed">…</article>

   A post is viewed when half of it, or half of the window, has shown it for a second. Its view
   is sent when the post or the page goes out of sight, once a page view. Batches wait at most
   five seconds. What cannot be sent is kept for the next page, up to MOST_KEPT interactions.
   Nothing is sent or kept where the browser asks for privacy (Global Privacy Control), or after
   engagement.optOut(). */
(() => {
  "use strict";
  const BATCH = 20, EVERY = 5000, SEEN = 1000, MOST_KEPT = 500, LONGEST = 300000;
  const KEPT = "engagement.kept", LATER = "engagement.later", OUT = "engagement.out";
  const script = document.currentScript, options = script.dataset;
  const address = (options.endpoint || new URL("/api/track", script.src).href)
    + "?token=" + encodeURIComponent(options.token || "");

  // Storage may be forbidden or full: then nothing outlives the page.
  const read = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const write = (key, value) => {
    try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value); } catch { /* full */ }
  };
  const kept = () => { try { return JSON.parse(read(KEPT)) || []; } catch { return []; } };
  const keep = (items) => items.length && write(KEPT, JSON.stringify([...kept(), ...items].slice(-MOST_KEPT)));

  let isOut = false;
  const isSilent = () => isOut || navigator.globalPrivacyControl === true || read(OUT) !== null;
  let user = options.user, proof = options.userHmac;
  let waiting = [], sending = null, timer = null, failures = 0;

  const identifier = () => crypto.randomUUID ? crypto.randomUUID()
    : [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  const track = (type, post, metadata) => {
    if (isSilent()) return;
    const item = {
      event_id: identifier(), interaction_type: type, post_id: String(post),
      occurred_at: new Date().toISOString(), metadata,
    };
    if (user) item.user_id = user;
    if (user && proof) item.user_hmac = proof;
    waiting.push(item);
    waiting = waiting.slice(-MOST_KEPT);
    schedule();
  };

  const schedule = () => {
    if (sending || !waiting.length) return;
    const pause = Math.max(Number(read(LATER)) - Date.now(), waiting.length < BATCH ? EVERY : 0);
    if (timer && pause) return;
    clearTimeout(timer);
    timer = setTimeout(send, Math.min(pause, LONGEST));
  };

  const send = async () => {
    timer = null;
    if (isSilent() || sending || !waiting.length) return;
    sending = waiting.splice(0, BATCH);
    let isRefused = false;
    try {
      const answer = await fetch(address, {
        method: "POST", keepalive: true, credentials: "omit", referrerPolicy: "no-referrer",
        headers: { "Content-Type": "text/plain" }, // which needs no preflight
        body: JSON.stringify({ interactions: sending }),
      });
      // What is wrong for good is dropped; a busy or broken server gets it again.
      isRefused = answer.status === 429 || answer.status >= 500;
    } catch {
      isRefused = true;
    }
    const unsent = sending;
    sending = null;
    if (isRefused && !isSilent()) {
      waiting = [...unsent, ...waiting].slice(-MOST_KEPT);
      const pause = Math.min(EVERY * 2 ** failures++, LONGEST) * (0.75 + Math.random() / 2);
      write(LATER, String(Date.now() + pause));
    } else {
      failures = 0;
      write(LATER, null);
    }
    schedule();
  };

  // The page may never come back: what waits goes out now, or is kept for the next page. What
  // is on its way goes on without the page, but nobody would send it again.
  const leave = ({ type }) => {
    finishAll();
    const due = waiting;
    waiting = [];
    if (isSilent()) return;
    if (sending && type === "pagehide") keep(sending);
    const isLate = navigator.onLine === false || Number(read(LATER)) > Date.now();
    for (let place = 0; place < due.length; place += BATCH) {
      const items = due.slice(place, place + BATCH);
      if (isLate || !navigator.sendBeacon(address, JSON.stringify({ interactions: items }))) keep(items);
    }
  };
  const comeBack = () => {
    if (!isSilent()) waiting = [...kept(), ...waiting];
    write(KEPT, null);
    watchAgain();
    schedule();
  };

  const posts = new Map(); // elements in sight -> since when, and how far they were seen
  let viewed = new Set(); // posts of this page view

  const depth = (box) => Math.max(0, Math.min(100, Math.round(100 * (innerHeight - box.top) / box.height) || 0));

  const finish = (element) => {
    const seen = posts.get(element), post = element.dataset.trackPost;
    if (!seen) return;
    posts.delete(element);
    const duration = Math.round(performance.now() - seen.since);
    if (duration < SEEN || viewed.has(post)) return;
    viewed.add(post);
    const metadata = { duration, scroll_depth: Math.max(seen.depth, depth(element.getBoundingClientRect())) };
    if (element.dataset.trackSource) metadata.source = element.dataset.trackSource;
    track("view", post, metadata);
  };
  const finishAll = () => [...posts.keys()].forEach(finish);

  const observer = new IntersectionObserver((entries) => {
    for (const { target, intersectionRatio, intersectionRect, boundingClientRect } of entries) {
      const isSeen = intersectionRatio >= 0.5 || intersectionRect.height >= innerHeight / 2;
      if (!isSeen || document.hidden) finish(target);
      else {
        const seen = posts.get(target) || { since: performance.now(), depth: 0 };
        seen.depth = Math.max(seen.depth, depth(boundingClientRect));
        posts.set(target, seen);
      }
    }
  }, { threshold: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] });

  const watch = (root) => {
    if (root.matches && root.matches("[data-track-post]")) observer.observe(root);
    if (root.querySelectorAll) root.querySelectorAll("[data-track-post]").forEach((found) => observer.observe(found));
  };
  const watchAgain = () => { observer.disconnect(); posts.clear(); watch(document); };

  const start = () => {
    comeBack();
    new MutationObserver((changes) => changes.forEach(({ addedNodes, removedNodes }) => {
      addedNodes.forEach(watch);
      removedNodes.forEach((gone) => [...posts.keys()].filter((post) => gone.contains(post)).forEach(finish));
    })).observe(document, { childList: true, subtree: true });
    addEventListener("pagehide", leave);
    addEventListener("pageshow", ({ persisted }) => persisted && api.page());
    addEventListener("online", () => { write(LATER, null); schedule(); });
    document.addEventListener("visibilitychange", () => { document.hidden ? leave({}) : comeBack(); });
  };

  const api = window.engagement = {
    trackClick: (post, metadata) => track("click", post, metadata),
    trackLike: (post, metadata) => track("like", post, metadata),
    trackShare: (post, metadata) => track("share", post, metadata),
    // who is logged in now; the proof where the workspace asks for one
    identify: (id, hmac) => { user = id; proof = hmac; },
    // a new page view in an application of one page
    page: () => { finishAll(); viewed = new Set(); watchAgain(); },
    optOut: () => {
      isOut = true;
      write(OUT, "1");
      write(KEPT, null);
      write(LATER, null);
      clearTimeout(timer);
      timer = null;
      waiting = [];
      posts.clear();
    },
    optIn: () => { isOut = false; write(OUT, null); watchAgain(); },
  };
  start();
})();
