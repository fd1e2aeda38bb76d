"""Language models: providers, keys, retries, budgets and prices behind one protocol of one method.

Nothing here is imported until a run names a model, and the libraries that speak to providers come with the extra
``persona-workbench[llm]``.
"""
