/** What a configuration is called where nobody says otherwise. */
export const CONFIG_NAME = 'gatehouse.yaml'
