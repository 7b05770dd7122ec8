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

  // Attributes that are passed on as query parameters, with the values allowed.
  const WISHES = { k: /^([1-9]\d?|100)$/, dial: /^(0|1|0?\.\d+|1\.0+)$/, window: /^(\d{1,5}[dhm]|all)$/ }
  const ATTRIBUTES = [...Object.keys(WISHES), 'service', 'url', 'section', 'fallback', 'heading', 'heading-level', 'token', 'events']

  // Headings of related stories, and of popular ones if the article is unknown.
  const HEADINGS = {
    ar: ['مواضيع ذات صلة', 'الأكثر رواجًا'], de: ['Mehr zum Thema', 'Jetzt gefragt'], en: ['Related stories', 'Popular now'],
    es: ['Noticias relacionadas', 'Popular ahora'], fr: ['Sur le même sujet', 'Populaire en ce moment'],
    he: ['כתבות קשורות', 'פופולרי עכשיו'], it: ['Articoli correlati', 'Popolari ora'], ja: ['関連記事', '人気記事'],
    ko: ['관련 기사', '인기 기사'], nl: ['Lees ook', 'Nu populair'], pt: ['Notícias relacionadas', 'Em alta'], zh: ['相关报道', '热门报道'],
  }
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

    connectedCallback() {
      this.#stop?.abort()
      this.#stop = new AbortController()
      this.#begin(this.#stop.signal).catch(() => {})
    }

    disconnectedCallback() {
      this.#stop.abort()
    }

    attributeChangedCallback(_, before, now) {
      if (before === now || !this.#stop || this.#stop.signal.aborted) return
      this.#stop.abort()
      queueMicrotask(() => this.isConnected && this.#stop.signal.aborted && this.connectedCallback())
    }

    async #begin(signal) {
      if (this.hasAttribute('token') && (await this.#adopt(signal))) return
      this.#reserve()
      await near(this, signal)
      const found = await this.#ask(signal).catch(() => ({ stories: [] }))
      if (signal.aborted) return
      const links = this.#show(found)
      this.#settle(signal)
      if (links.size && found.token) report(this.#section.lastChild, links, found.token, this.#events(), signal)
    }

    /* Report for a list rendered by the server; whether there is one. */
    async #adopt(signal) {
      await parsed(signal)
      const links = new Map()
      this.querySelectorAll('li').forEach((item, n) => {
        const link = item.querySelector('a[href]')
        if (link) links.set(link, Number(item.dataset.position) || n + 1)
      })
      if (links.size) report(this.querySelector('ol, ul') ?? this, links, this.getAttribute('token'), this.#events(), signal)
      return links.size > 0
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

    /* Always ask for a fallback: a 404 for an unknown article would show in the console. */
    async #ask(signal) {
      const given = this.getAttribute('url') ?? document.querySelector('link[rel~=canonical]')?.href ?? location.href
      const question = new URL('related', this.#base())
      const wishes = Object.keys(WISHES).map((name) => [name, this.#wish(name)]).filter(([, wish]) => wish)
      const sections = (this.getAttribute('section') ?? '').split('|').map((name) => ['section', name.trim()]).filter(([, name]) => name).slice(0, 20)
      const page = new URL(given, document.baseURI).href.split('#')[0]
      if (!webAddress(page) || page.length > LONGEST) return { stories: [] }
      question.search = new URLSearchParams([['url', page], ['k', this.#k], ...wishes.filter(([name]) => name !== 'k'), ...sections, ['fallback', 'popular']])
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
      this.#name(false)
      root.replaceChildren(this.#section)
      this.#section.classList.add('held')
      this.setAttribute('state', 'loading')
    }

    #name(isFallback) {
      const heading = this.#section.firstChild
      const given = this.getAttribute('heading')
      const usual = (HEADINGS[language(this).slice(0, 2)] ?? HEADINGS.en)[Number(isFallback)]
      heading.id = 'heading'
      heading.textContent = given ?? usual
      heading.hidden = given === ''
      this.#section.setAttribute(...(heading.hidden ? ['aria-label', usual] : ['aria-labelledby', 'heading']))
    }

    /* Replace placeholders by stories, hide the rest; the position of every link. */
    #show({ stories, isFallback }) {
      const links = new Map()
      if (stories.length) {
        const list = this.#section.lastChild
        const items = stories.map((story) => {
          const link = make('a', 'link', make('bdi', 'headline', story.headline))
          link.href = story.url
          links.set(link, story.position)
          return make('li', 'item', ...thumbnail(story.image), make('div', 'text', link, ...age(story.at, language(this))))
        })
        const rest = [...list.children].slice(stories.length)
        rest.forEach((item) => item.classList.add('filler'))
        list.replaceChildren(...items, ...rest)
        this.#name(isFallback)
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
    const { url, headline, image, published_at: at } = Object(item)
    const text = typeof headline === 'string' ? headline.trim() : ''
    return { url: webAddress(url), headline: text, image: picture(image), at, position: place + 1 }
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

  /* Report that the list was shown and what was clicked, unless the browser asks not to be tracked. */
  function report(list, links, token, events, signal) {
    if (isUnwanted() || Date.now() - issued(token) > LIFE) return
    const view = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
    const tell = (...happened) => {
      try {
        navigator.sendBeacon(events, JSON.stringify({ events: happened.map(([kind, position]) => ({ kind, token, view, position })) }))
      } catch {} // an invalid address
    }
    // A click only counts on a list that was shown, but it may come before a second has passed, or reports may arrive out of order.
    links.forEach((position, link) => {
      const clicked = ({ button }) => button < 2 && tell(['shown'], ['clicked', position])
      link.addEventListener('click', clicked, { signal })
      link.addEventListener('auxclick', clicked, { signal }) // middle button
    })
    shown(list, signal, () => tell(['shown']))
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
