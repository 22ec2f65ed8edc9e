// Fills in the addresses of this system.
for (const place of document.querySelectorAll('[data-catalog]')) {
  place.textContent = location.origin
}

fetch('/config.json')
  .then((answer) => answer.json())
  .then(({ registryUrl }) => {
    for (const link of document.querySelectorAll('a[data-registry]')) {
      link.href = registryUrl + link.dataset.registry
    }
  })
  .catch(() => {}) // the links keep pointing to the configuration
