// The presence question: a quiet sheet over the lower half of the page. Player, chip and bar stay in sight; the answer goes to the
// server, which alone knows the key. What was chosen is kept when the network fails.

const OPTION_KEYS = { true: "right", false: "wrong" };

export class PresenceSheet {
  constructor({ sheet, waiting, answer, onPassed, onReview }) {
    Object.assign(this, { sheet, waiting, answer, onPassed, onReview });
    this.texts = sheet.dataset;
    this.form = sheet.querySelector("form");
    this.stem = sheet.querySelector("[data-stem]");
    this.options = sheet.querySelector("[data-options]");
    this.told = sheet.querySelector("[data-told]");
    this.submit = this.form.querySelector("[type=submit]");
    this.question = null;
    this.last = null;
    this.form.addEventListener("submit", (event) => this.send(event));
    sheet.querySelector("[data-review]").addEventListener("click", () => this.review());
    sheet.addEventListener("cancel", (event) => event.preventDefault());
    waiting.querySelector("button").addEventListener("click", () => this.show());
  }

  get held() {
    return this.question !== null;
  }

  /** Put the question before the learner; the same one twice keeps what was chosen already. */
  ask(question, told = "") {
    const again = this.question?.check === question.check;
    this.question = question;
    if (!again) this.fill(question, told);
    this.show();
  }

  /** A question that waits from another lesson says which, and leads back there. */
  tellLesson(lesson) {
    const away = lesson.slug !== this.texts.lesson;
    const title = document.documentElement.lang === "en" ? lesson.en || lesson.title : lesson.title;
    this.sheet.querySelector("[data-about]").hidden = !away;
    this.sheet.querySelector("[data-about-lesson]").textContent = title;
    this.sheet.querySelector("[data-review]").hidden = away;
    const link = this.sheet.querySelector("[data-review-away]");
    link.hidden = !away;
    link.href = `/lessons/${lesson.slug}?enrolment=${this.texts.enrolment}${lesson.part ? `#${lesson.part}` : ""}`;
  }

  fill(question, told) {
    this.stem.textContent = question.stem;
    this.tellLesson(question.about);
    this.tell(told);
    const legend = this.options.querySelector("legend");
    legend.textContent = question.stem;
    this.options.replaceChildren(legend, ...this.choices(question).map((choice) => this.option(choice)));
  }

  choices(question) {
    if (question.type !== "true-false") return question.options;
    return ["true", "false"].map((letter) => ({ letter, text: this.texts[OPTION_KEYS[letter]] }));
  }

  option({ letter, text }) {
    const row = this.sheet.querySelector("template").content.firstElementChild.cloneNode(true);
    row.querySelector("input").value = letter;
    row.querySelector(".option-text").textContent = text;
    return row;
  }

  show() {
    this.waiting.hidden = true;
    if (!this.sheet.open) this.sheet.show();
    this.sheet.querySelector("[data-focus]").focus();
  }

  /** Back to the lesson to look again; the question waits, and so does the credit. */
  review() {
    this.sheet.close();
    this.waiting.hidden = false;
    this.onReview(this.question);
  }

  async send(event) {
    event.preventDefault();
    if (this.last) return this.pass(this.last);
    const chosen = this.form.querySelector("input:checked");
    if (!chosen) return this.tell(this.texts.choose);
    this.submit.disabled = true;
    const verdict = await this.answer(this.question.check, [chosen.value]);
    this.submit.disabled = false;
    if (!verdict) return this.tell(this.texts.offline);
    if (verdict.error) return this.tell(verdict.error.message);
    return this.judged(verdict);
  }

  judged(verdict) {
    if (verdict.presence) {
      const told = verdict.correct ? "" : `${this.texts.explained} ${verdict.explanation}`;
      return this.ask(verdict.presence, told);
    }
    if (!verdict.correct && !this.last) return this.explain(verdict);
    return this.pass(verdict);
  }

  /** Wrong, and nothing else left to ask: the explanation stays until it has been read. */
  explain(verdict) {
    this.last = verdict;
    this.options.hidden = true;
    this.label(this.texts.goOn);
    this.tell(`${this.texts.explained} ${verdict.explanation}`);
  }

  pass(verdict) {
    this.question = null;
    this.last = null;
    this.options.hidden = false;
    this.label(this.texts.submit);
    this.sheet.close();
    return this.onPassed(verdict);
  }

  label(words) {
    this.submit.querySelector("span").textContent = words;
  }

  tell(words) {
    this.told.hidden = !words;
    this.told.querySelector("[data-words]").textContent = words;
  }
}
