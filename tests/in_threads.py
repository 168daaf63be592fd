"""Functions run in threads of their own; what they raise is raised here."""

import threading


def in_threads(work, n=8, stack=0):
    """Call work(0) ... work(n - 1), all at once, each in a thread; return the results in order."""
    results, errors = [None] * n, []
    start = threading.Barrier(n, timeout=60)

    def run(k):
        try:
            start.wait()
            results[k] = work(k)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(n)]
    before = threading.stack_size(stack)
    try:
        for thread in threads:
            thread.start()
    finally:
        threading.stack_size(before)
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def in_a_thread(function, stack=0):
    """Return what a function gives in a thread of its own."""
    return in_threads(lambda _: function(), 1, stack)[0]
