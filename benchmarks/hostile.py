"""placeholder"""


def measure(servers, folder):
    return []
