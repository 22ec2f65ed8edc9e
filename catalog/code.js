// Signs in and shows a one-time code. The token stays in this page's memory.
const byId = (id) => document.getElementById(id)
const form = byId('sign-in')
const submit = form.querySelector('button')
let token = ''

async function call(url, options) {
  let answer
  try {
    answer = await fetch(url, options)
  } catch {
    throw new Error(`${new URL(url, location.href).origin} cannot be reached.`)
  }
  const body = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Error(body.message || `The registry answered ${answer.status}.`)
  return body
}

async function showCode() {
  const { registryUrl } = await call('/config.json')
  if (!token) {
    const { username, password } = form.elements
    const signedIn = await call(`${registryUrl}/api/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: username.value, password: password.value }),
    })
    token = signedIn.token
    password.value = ''
  }
  const { code } = await call(`${registryUrl}/api/code`, { headers: { Authorization: `Bearer ${token}` } })
  byId('code').textContent = code
  byId('copied').textContent = ''
  form.hidden = true
  byId('result').hidden = false
  byId('result-title').focus()
}

async function attempt() {
  byId('problem').hidden = true
  submit.disabled = true
  try {
    await showCode()
  } catch (error) {
    token = ''
    form.hidden = false
    byId('result').hidden = true
    byId('problem').textContent = error.message
    byId('problem').hidden = false
  } finally {
    submit.disabled = false
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  attempt()
})

byId('again').addEventListener('click', attempt)

byId('copy').addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(byId('code').textContent)
    byId('copied').textContent = 'Copied.'
  } catch {
    getSelection().selectAllChildren(byId('code'))
    byId('copied').textContent = 'Selected; copy it with the keyboard.'
  }
})
