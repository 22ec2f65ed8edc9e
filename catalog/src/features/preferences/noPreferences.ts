/** A file of preferences that changes nothing, to begin with. */
export const NO_PREFERENCES = `ui:
  nav:
    files: True
    workflows: True
    packages: True
  actions:
    copyPackage: True
    createPackage: True
    deleteRevision: True
    downloadObject: True
    downloadPackage: True
    revisePackage: True
    writeFile: True
  blocks:
    browser: True
    code: True
    meta: True
    gallery:
      files: True
      packages: True
`;
