/* <recsys-related>: related headlines for an article; see docs/widget.md.
   No cookie, no storage, nothing about the reader; what cannot be shown is left out, and nothing is thrown. */
(() => {
  'use strict'

  const NAME = 'recsys-related'
  const WAIT = 4_000 // ms until a request is aborted
  const MOST = 400_000 // bytes of a response: 100 stories and their token take half of that
  const LONGEST = 2_000 // characters of an address that the service accepts
  const LIFE = 4 * 86_400_000 // ms for which a token is valid
  const SEEN = 1_000 // ms for which half of a list must be visible
  const NEAR = '800px 0px' // above and below the window: fetched before it is scrolled into view
  const EXCLUDED = 20 // addresses that are left out; with more there is no token

  // Attributes that are passed on as query parameters, with the values allowed.
  const WISHES = { k: /^([1-9]\d?|100)$/, dial: /^(0|1|0?\.\d+|1\.0+)$/, window: /^(\d{1,5}[dhm]|all)$/, fill: /^(popular|latest|none)$/ }
  const ATTRIBUTES = [...Object.keys(WISHES), ...'service url section exclude fallback heading fill-heading heading-level token events'.split(' ')]

  // Headings of related, popular and the latest stories.
  const HEADINGS = {
    ar: ['مواضيع ذات صلة', 'الأكثر رواجًا', 'آخر الأخبار'], de: ['Mehr zum Thema', 'Jetzt gefragt', 'Neueste Meldungen'],
    en: ['Related stories', 'Popular now', 'Latest'], es: ['Noticias relacionadas', 'Popular ahora', 'Últimas noticias'],
    fr: ['Sur le même sujet', 'Populaire en ce moment', 'Dernières nouvelles'], he: ['כתבות קשורות', 'פופולרי עכשיו', 'חדשות אחרונות'],
    it: ['Articoli correlati', 'Popolari ora', 'Ultime notizie'], ja: ['関連記事', '人気記事', '新着記事'], ko: ['관련 기사', '인기 기사', '최신 기사'],
    nl: ['Lees ook', 'Nu populair', 'Laatste nieuws'], pt: ['Notícias relacionadas', 'Em alta', 'Últimas notícias'], zh: ['相关报道', '热门报道', '最新报道'],
  }
  // Boxes of related stories by their names, and by their headings.
  const BOXES = ['related', 'recommend', 'more-on', 'read-next', 'see-also'].map((name) => `[class*="${name}" i], [id*="${name}" i]`).join()
  const TITLES = /^(related (stories|articles|news|posts)|more on this|read (more|next)|see also|recommended.*|(あわせて|合わせて)読みたい|おすすめ記事?)$/i
  const AGES = [['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3_600], ['minute', 60]] // seconds

  /* Colours come from the text around it, so that it is light or dark as the page is. A row that is held is as high
     as its placeholder: --recsys-lines lines of headline and one of age, or the thumbnail where that is higher.
     A headline with a line more takes that of its age. */
  const CSS = `
    :host { display: block; text-align: start; --width: var(--recsys-thumbnail-width, 6em); --ratio: var(--recsys-thumbnail-ratio, 4/3);
      --lines: var(--recsys-lines, 3); --leading: 1.35; --muted: var(--recsys-muted, color-mix(in srgb, currentColor 78%, transparent));
      --rule: var(--recsys-rule, color-mix(in srgb, currentColor 20%, transparent)); --tint: color-mix(in srgb, currentColor 10%, transparent);
      --row: max(var(--width) / (var(--ratio)), var(--lines) * var(--leading) * 1em + 1.5em) }
    :host([hidden]), :host([state=empty]) section:not(.held) { display: none }
    :host(:lang(ja)), :host(:lang(zh)) { --leading: 1.5; line-break: strict; text-spacing-trim: trim-start }
    :host(:lang(ja)) { word-break: auto-phrase }
    :host(:lang(ko)) { word-break: keep-all }
    section { font-family: var(--recsys-font, inherit); overflow-wrap: anywhere }
    .heading { margin: 0; padding-block: .6em .5em; border-block-start: 2px solid; font-size: 1.2em; line-height: 1.25 }
    .divider { grid-column: 1 / -1; padding-block-end: 0; border: 0 }
    .held .divider { grid-column: auto; block-size: var(--row); box-sizing: content-box; padding-block-end: .8em; border-block-start: 1px solid transparent }
    .divider .heading { flex: 1 }
    ol { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--recsys-item-width, 21em)), 1fr));
      column-gap: var(--recsys-gap, 2em); list-style: none; margin: 0; padding: 0 }
    li { position: relative; display: flex; gap: .9em; padding-block: .8em; border-block-start: 1px solid var(--rule) }
    .thumbnail { flex: none; align-self: start; inline-size: var(--width); aspect-ratio: var(--ratio); overflow: hidden;
      border-radius: var(--recsys-radius, .2em); background: var(--tint) }
    .image { display: block; inline-size: 100%; block-size: 100%; object-fit: cover }
    .text { flex: 1; min-inline-size: 0 }
    .link { display: block; color: inherit; font-weight: 600; line-height: var(--leading); text-decoration: none; outline: none }
    .link::after { content: ''; position: absolute; inset: 0 }
    .link:hover { color: var(--recsys-accent, inherit); text-decoration: underline .07em; text-underline-offset: .18em }
    .link:focus-visible::after { outline: 2px solid var(--recsys-accent, currentColor); outline-offset: 3px }
    .headline { display: block; text-align: match-parent }
    .age { display: block; margin-block-start: .3em; font-size: .8125em; line-height: 1.3; color: var(--muted) }
    .held .text { block-size: var(--row); overflow: clip }
    .held .headline { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: calc(var(--lines) + 1); overflow: hidden }
    .bar { display: block; block-size: .8em; margin-block: .25em .55em; inline-size: 94%; border-radius: .2em; background: var(--tint) }
    .bar + .bar { inline-size: 60% }
    .filler, :host([state=empty]) .held { visibility: hidden }
    @media (prefers-reduced-motion: no-preference) {
      :host([state=loading]) li { animation: wait 1.6s ease-in-out infinite alternate }
      @keyframes wait { to { opacity: .5 } }
    }`

  const script = document.currentScript ?? document.querySelector('script[src*="/v1/widget.js"]')
  let sheet

  class Related extends HTMLElement {
    static observedAttributes = ATTRIBUTES
    #stop
    #section
    #kept // the list that is shown: its question, and what reports it

    connectedCallback() {
      this.#stop?.abort()
      this.#stop = new AbortController()
      this.#begin(this.#stop.signal).catch(() => {})
    }

    disconnectedCallback() {
      this.#stop.abort()
    }

    attributeChangedCallback(_, before, now) {
      if (before === now) return
      this.#kept = null
      if (!this.#stop || this.#stop.signal.aborted) return
      this.#stop.abort()
      queueMicrotask(() => this.isConnected && this.#stop.signal.aborted && this.connectedCallback())
    }

    async #begin(signal) {
      if (this.hasAttribute('token') && (await this.#adopt(signal))) return
      if (this.#kept && this.#kept.question === this.#question()?.href) return this.#kept.watch(signal) // it was only moved
      this.#reserve()
      await near(this, signal)
      await parsed(signal) // the boxes of the page are complete
      const question = this.#question()
      const found = await this.#ask(question, signal).catch(() => ({ stories: [] }))
      if (signal.aborted) return
      const links = this.#show(found)
      this.#settle(signal)
      const watch = links.size && found.token ? reporter(this.#section.lastChild, links, found.token, this.#events()) : () => {}
      this.#kept = { question: question?.href, watch: (again) => (this.#section.classList.contains('held') && this.#settle(again), watch(again)) }
      watch(signal)
    }

    /* Report for a list rendered by the server; whether there is one. */
    async #adopt(signal) {
      await parsed(signal)
      if (this.#kept) {
        this.#kept.watch(signal)
        return true
      }
      const links = new Map()
      this.querySelectorAll('li').forEach((item, n) => {
        const link = item.querySelector('a[href]')
        if (link) links.set(link, Number(item.dataset.position) || n + 1)
      })
      if (!links.size) return false
      this.#kept = { watch: reporter(this.querySelector('ol, ul') ?? this, links, this.getAttribute('token'), this.#events()) }
      this.#kept.watch(signal)
      return true
    }

    get #k() {
      return Number(this.#wish('k') ?? 5)
    }

    #wish(name) {
      return WISHES[name].exec(this.getAttribute(name)?.trim())?.[0]
    }

    #base() {
      const service = this.getAttribute('service')
      return service === null ? new URL('.', script.src) : new URL(service.replace(/\/*$/, '/v1/'), document.baseURI)
    }

    #events() {
      const given = this.getAttribute('events')
      return given ? new URL(given, document.baseURI) : new URL('events', this.#base())
    }

    /* The address that answers; null if there is none. */
    #question() {
      try {
        return this.#build()
      } catch {
        return null // an attribute is no address
      }
    }

    /* Always ask for a fallback: a 404 for an unknown article would show in the console. */
    #build() {
      const given = this.getAttribute('url') ?? document.querySelector('link[rel~=canonical]')?.href ?? location.href
      const question = new URL('related', this.#base())
      const wishes = Object.keys(WISHES).map((name) => [name, this.#wish(name)]).filter(([, wish]) => wish)
      const sections = (this.getAttribute('section') ?? '').split('|').map((name) => ['section', name.trim()]).filter(([, name]) => name).slice(0, 20)
      const page = new URL(given, document.baseURI).href.split('#')[0]
      if (!webAddress(page) || page.length > LONGEST) return null
      const excluded = this.#excluded(page).map((url) => ['exclude', url])
      question.search = new URLSearchParams([['url', page], ['k', this.#k], ...wishes.filter(([name]) => name !== 'k'), ...sections, ...excluded, ['fallback', 'popular']])
      return question
    }

    /* What the page shows already, in an order that is the same for all readers. */
    #excluded(page) {
      const given = this.getAttribute('exclude')?.trim()
      if (given === 'none') return []
      const parts = given?.split(/\s+/) ?? []
      const links = given && parts.every((part) => /^(https?:\/)?\//i.test(part)) ? parts : this.#linked(given)
      const all = links.map((url) => webAddress(new URL(url, document.baseURI).href.split('#')[0]))
      return [...new Set(all)].filter((url) => url && url !== page && url.length <= LONGEST / 4).slice(0, EXCLUDED).sort()
    }

    /* The links in the elements of a selector, or else in boxes of related stories, except the element's own. */
    #linked(selector) {
      const boxes = selector ? select(selector) : relatedBoxes()
      return boxes.filter((box) => box !== this && !this.contains(box)).flatMap((box) =>
        (box.matches('a[href]') ? [box] : [...box.querySelectorAll('a[href]')]).filter((link) => !this.contains(link)).map((link) => link.href))
    }

    async #ask(question, signal) {
      if (!question) return { stories: [] }
      const answer = await read(question, signal)
      if (answer.fallback && this.getAttribute('fallback') !== answer.fallback) return { stories: [] }
      const stories = answer.items.slice(0, this.#k).map(readStory).filter((story) => story.url && story.headline)
      return { stories, token: answer.token, isFallback: Boolean(answer.fallback) }
    }

    /* Placeholders with the height of the list. */
    #reserve() {
      const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
      if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(CSS)
      root.adoptedStyleSheets = [sheet]
      const level = /^[2-6]$/.exec(this.getAttribute('heading-level')) ?? 2
      const heading = make(`h${level}`, 'heading')
      this.#section = make('section', 'section', heading, make('ol', 'list', ...Array.from({ length: this.#k }, placeholder)))
      this.#section.setAttribute('aria-hidden', 'true')
      this.#name(0)
      root.replaceChildren(this.#section)
      this.#section.classList.add('held')
      this.setAttribute('state', 'loading')
    }

    /* Write the heading of related stories (0), or of popular (1) or the latest (2) in their place. */
    #name(kind, given = this.getAttribute('heading')) {
      const heading = this.#section.firstChild
      const usual = this.#usual(kind)
      heading.id = 'heading'
      heading.textContent = given ?? usual
      heading.hidden = given === ''
      this.#section.setAttribute(...(heading.hidden ? ['aria-label', usual] : ['aria-labelledby', 'heading']))
    }

    #usual(kind) {
      return (HEADINGS[language(this).slice(0, 2)] ?? HEADINGS.en)[kind]
    }

    /* The heading of stories that only fill empty places, as an item of the list. */
    #divider(kind) {
      const text = this.getAttribute('fill-heading') ?? this.#usual(kind)
      const item = make('li', 'item', make(this.#section.firstChild.localName, 'heading', text))
      item.classList.add('divider')
      return item
    }

    /* Replace placeholders by stories, hide the rest; the position of every link. */
    #show({ stories, isFallback }) {
      const links = new Map()
      if (stories.length) {
        const list = this.#section.lastChild
        const render = (story) => {
          const link = make('a', 'link', make('bdi', 'headline', story.headline))
          link.href = story.url
          if (!story.fill) links.set(link, story.position) // clicks on the rest say nothing about the article
          return make('li', 'item', ...thumbnail(story.image), make('div', 'text', link, ...age(story.at, language(this))))
        }
        const related = stories.filter((story) => !story.fill)
        const kind = stories.find((story) => story.fill)?.fill === 'latest' ? 2 : 1
        // In view the heading between them takes the place of a story, so that nothing below it moves.
        const room = this.getBoundingClientRect().bottom < innerHeight ? this.#k - 1 : this.#k
        const fill = stories.filter((story) => story.fill).slice(0, related.length ? Math.max(room - related.length, 0) : this.#k)
        const items = related.map(render)
        if (items.length && fill.length) items.push(this.#divider(kind))
        items.push(...fill.map(render))
        const rest = [...list.children].slice(items.length)
        rest.forEach((item) => item.classList.add('filler'))
        list.replaceChildren(...items, ...rest)
        this.#name(...(related.length ? [Number(isFallback)] : [kind, this.getAttribute('fill-heading')]))
        this.#section.removeAttribute('aria-hidden')
      }
      this.setAttribute('state', stories.length ? 'ready' : 'empty')
      return links
    }

    /* Release the fixed height as soon as that moves nothing visible. */
    #settle(signal) {
      const section = this.#section
      const list = section.lastChild
      const fillers = [...list.querySelectorAll('.filler')]
      const release = () => {
        const before = this.getBoundingClientRect().bottom
        section.classList.remove('held')
        fillers.forEach((item) => item.remove())
        return Math.min(before, this.getBoundingClientRect().bottom) >= innerHeight
      }
      if (release()) return
      section.classList.add('held')
      list.append(...fillers)
      watch(this, {}, signal, ([seen], watcher) => {
        if (!seen.isIntersecting && seen.boundingClientRect.top >= innerHeight && section.isConnected) {
          watcher.disconnect()
          release()
        }
      })
      addEventListener('resize', release, { signal, once: true }) // everything moves anyway; enlarged text must not be cut off
    }
  }

  function make(tag, name, ...children) {
    const made = document.createElement(tag)
    made.className = name
    made.setAttribute('part', name)
    made.append(...children)
    return made
  }

  function placeholder() {
    return make('li', 'item', make('span', 'thumbnail'), make('div', 'text', make('span', 'bar'), make('span', 'bar')))
  }

  function thumbnail(src) {
    if (!src) return []
    const image = make('img', 'image')
    Object.assign(image, { alt: '', loading: 'lazy', decoding: 'async', width: 96, height: 72, src })
    image.addEventListener('error', () => image.remove()) // its space remains
    return [make('span', 'thumbnail', image)]
  }

  function age(at, locale) {
    const seconds = (Date.now() - Date.parse(at)) / 1_000
    if (!(seconds > -3_600)) return [] // missing, malformed or in the future
    const [unit, length] = AGES.find(([, length]) => seconds >= length) ?? AGES.at(-1)
    const time = make('time', 'age', relative(locale).format(-Math.max(Math.floor(seconds / length), 1), unit))
    time.dateTime = at
    return [time]
  }

  function relative(locale) {
    try {
      return new Intl.RelativeTimeFormat(locale)
    } catch {
      return new Intl.RelativeTimeFormat('en')
    }
  }

  function language(element) {
    return element.closest('[lang]')?.lang || document.documentElement.lang || navigator.language || 'en'
  }

  function readStory(item, place) {
    const { url, headline, image, published_at, first_seen_at, fill } = Object(item)
    const text = typeof headline === 'string' ? headline.trim() : ''
    return { url: webAddress(url), headline: text, image: picture(image), at: published_at ?? first_seen_at, fill, position: place + 1 }
  }

  function select(selector) {
    try {
      return [...document.querySelectorAll(selector)]
    } catch {
      return [] // no selector
    }
  }

  /* The boxes of related stories on the page: by name, or around a heading that says so; none that holds the article. */
  function relatedBoxes() {
    const titles = new Set(Object.values(HEADINGS).map(([related]) => related.toLowerCase()))
    const says = ({ textContent }) => titles.has(textContent.trim().toLowerCase()) || TITLES.test(textContent.trim())
    const headed = [...document.querySelectorAll('h2, h3, h4, h5, h6')].filter(says).map((heading) => heading.parentElement)
    return [...document.querySelectorAll(BOXES), ...headed].filter((box) => !box.matches('html, body, main') && !box.querySelector('h1, main'))
  }

  /* The address if it is a web page, not a script or a file. */
  function webAddress(text) {
    try {
      const url = new URL(text)
      return /^https?:$/.test(url.protocol) ? url.href : null
    } catch {
      return null
    }
  }

  /* The address if a secure page may load it without a warning in the console. */
  function picture(text) {
    const url = webAddress(text)
    return url && (location.protocol !== 'https:' || url.startsWith('https:')) ? url : null
  }

  /* A response of limited size in limited time. */
  async function read(url, signal) {
    const stop = new AbortController()
    signal.addEventListener('abort', () => stop.abort())
    const timer = setTimeout(() => stop.abort(), WAIT)
    try {
      const answer = await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer', signal: stop.signal })
      if (!answer.ok) throw new Error()
      const reader = answer.body.getReader()
      const decoder = new TextDecoder()
      let text = ''
      for (let size = 0, part = await reader.read(); !part.done; part = await reader.read()) {
        size += part.value.length
        if (size > MOST) throw new Error()
        text += decoder.decode(part.value, { stream: true })
      }
      return JSON.parse(text)
    } finally {
      clearTimeout(timer)
      stop.abort() // aborts a body that is too long
    }
  }

  /* What reports that the list was shown, once, and what was clicked, unless the browser asks not to be tracked. */
  function reporter(list, links, token, events) {
    if (isUnwanted() || Date.now() - issued(token) > LIFE) return () => {}
    let isReported = false
    const view = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
    const tell = (...happened) => {
      try {
        navigator.sendBeacon(events, JSON.stringify({ events: happened.map(([kind, position]) => ({ kind, token, view, position })) }))
      } catch {} // an invalid address
    }
    // A click only counts on a list that was shown, but it may come before a second has passed, or reports may arrive out of order.
    return (signal) => {
      links.forEach((position, link) => {
        const clicked = ({ button }) => button < 2 && tell(['shown'], ['clicked', position])
        link.addEventListener('click', clicked, { signal })
        link.addEventListener('auxclick', clicked, { signal }) // middle button
      })
      if (!isReported) shown(list, signal, () => (isReported = true, tell(['shown'])))
    }
  }

  function isUnwanted() {
    return navigator.globalPrivacyControl === true || navigator.doNotTrack === '1' || window.doNotTrack === '1'
  }

  /* Milliseconds since 1970 at which the token was issued; 0 if it is invalid. */
  function issued(token) {
    try {
      return JSON.parse(atob(token.split('.')[0].replace(/-/g, '+').replace(/_/g, '/')))[2] / 1_000
    } catch {
      return 0
    }
  }

  /* Call once half of the element, or half a window of it, was visible for a second. */
  function shown(element, signal, then) {
    let isSeen = false
    let timer
    const look = () => {
      clearTimeout(timer)
      if (isSeen && document.visibilityState === 'visible') timer = setTimeout(end, SEEN)
    }
    const end = () => {
      watcher.disconnect()
      document.removeEventListener('visibilitychange', look)
      if (!signal.aborted) then()
    }
    const watcher = watch(element, { threshold: [0, 0.1, 0.2, 0.3, 0.4, 0.5] }, signal, (entries) => {
      const { intersectionRatio, intersectionRect } = entries.at(-1)
      const now = intersectionRatio >= 0.5 || intersectionRect.height >= innerHeight / 2
      if (now === isSeen) return
      isSeen = now
      look()
    })
    document.addEventListener('visibilitychange', look, { signal })
  }

  function watch(element, options, signal, look) {
    const watcher = new IntersectionObserver(look, options)
    watcher.observe(element)
    signal.addEventListener('abort', () => watcher.disconnect())
    return watcher
  }

  function near(element, signal) {
    return new Promise((resolve) => {
      watch(element, { rootMargin: NEAR }, signal, (entries, watcher) => {
        if (!entries.some((entry) => entry.isIntersecting)) return
        watcher.disconnect()
        resolve()
      })
    })
  }

  function parsed(signal) {
    return new Promise((resolve) => {
      if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', resolve, { signal, once: true })
      else resolve()
    })
  }

  if ('adoptedStyleSheets' in Document.prototype && !customElements.get(NAME)) customElements.define(NAME, Related)
})()
